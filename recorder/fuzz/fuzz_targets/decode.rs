//! No bytes panic the reader of recordings, and what it accepts has no other encoding.

#![no_main]

use flux_recorder::format::{Frames, whole_frames, write_frame, write_header};
use flux_recorder::{Encode, Event, Recording, Value, differences, write_journal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    value(bytes);
    event(bytes);
    journal(bytes);
    journal(&framed(bytes));
});

fn value(bytes: &[u8]) {
    if let Ok(value) = Value::read(bytes) {
        assert_eq!(value.to_canonical(), bytes);
        assert!(differences("value", &value, &value).is_empty());
        drop(value.to_string());
    }
}

/// What an event holds is written as it was read.
fn event(bytes: &[u8]) {
    if let Ok(event) = Event::read(bytes) {
        let mut written = Vec::new();
        event.write(&mut written);
        assert_eq!(written, bytes);
    }
}

fn journal(bytes: &[u8]) {
    if let Ok(whole) = whole_frames(bytes) {
        assert!(bytes.starts_with(whole));
        let events: Vec<_> = Frames::of(whole).into_iter().flatten().flatten().collect();
        // Frames of a newer minor version are passed over, so they are not written again.
        let written = write_journal(events);
        assert!(written[6..] == whole[6..] || bytes[5] > 0);
    }
    if let Ok(recording) = Recording::read(bytes.to_vec()) {
        for index in 0..recording.effects.len() {
            drop((
                Value::read(recording.args(index)),
                recording.result(index).map(Value::read),
            ));
        }
    }
}

/// A journal whose frames have right checksums, which a fuzzer does not guess: each piece of the
/// input, a length and so many bytes, is an event.
fn framed(mut bytes: &[u8]) -> Vec<u8> {
    let mut journal = Vec::new();
    write_header(&mut journal);
    while let Some((length, rest)) = bytes.split_first() {
        let (piece, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        write_frame(&mut journal, |out| out.extend_from_slice(piece));
        bytes = rest;
    }
    journal
}

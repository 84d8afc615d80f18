//! Damaged journals: an error, or the execution that was recorded, and never another one.

use flux_recorder::format::{Frames, HEADER_LEN, whole_frames};
use flux_recorder::{FormatError, Recording, Value};
use proptest::prelude::*;

use crate::transcript::record;

const SCRIPT: &str = "clock
    config region -> eu
    kv.get cart -> 3
    log hello
    fetch.send pay | {\"amount\":100}
    return 200 age:1 | ok";

/// All that an execution is, to compare two.
fn picture(recording: &Recording) -> String {
    let effect = |index| (recording.args(index), recording.result(index));
    let effects: Vec<_> = (0..recording.effects.len()).map(effect).collect();
    let Recording { begin, end, output, marks, returns, .. } = recording;
    let ambient = recording.ambient("clock.now", 0);
    format!("{begin:?} {end:?} {output:?} {marks:?} {returns:?} {effects:?} {ambient:?}")
}

#[test]
fn every_flipped_bit_is_noticed_or_changes_nothing() {
    let bytes = record(SCRIPT);
    let whole = picture(&Recording::read(bytes.clone()).expect("a journal"));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            // Only the minor version may differ and still be read.
            let read = Recording::read(damaged);
            assert_eq!(read.is_ok(), at == 5, "byte {at}, bit {bit}");
            assert!(read.is_err() || picture(&read.expect("a journal")) == whole);
        }
    }
}

#[test]
fn a_torn_tail_is_cut_wherever_it_is_torn() {
    let bytes = record(SCRIPT);
    assert_eq!(whole_frames(&bytes), Ok(&bytes[..]));
    for length in 0..bytes.len() {
        let torn = &bytes[..length];
        let read = Recording::read(torn.to_vec());
        let Ok(whole) = whole_frames(torn) else {
            assert!(length < HEADER_LEN && read.is_err());
            continue;
        };
        assert!(bytes.starts_with(whole) && whole.len() <= length);
        assert_eq!(read.is_ok(), whole.len() == length && length > HEADER_LEN);
        assert!(Frames::of(whole).expect("a header").all(|event| event.is_ok()));
    }
}

#[test]
fn a_tail_of_zeros_is_torn() {
    let bytes = record(SCRIPT);
    let torn = [bytes.as_slice(), &[0; 4096]].concat();
    assert_eq!(whole_frames(&torn), Ok(&bytes[..]));
    assert!(matches!(Recording::read(torn), Err(FormatError::Truncated { .. })));
}

#[test]
fn a_whole_frame_that_is_no_event_is_not_cut() {
    let mut bytes = record("crash");
    flux_recorder::format::write_frame(&mut bytes, |out| out.push(99));
    assert!(matches!(whole_frames(&bytes), Err(FormatError::Event { index: 1, .. })));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        drop(Value::read(&bytes));
        drop(Recording::read(bytes.clone()));
        let journal = [b"fluj\x01\x00", bytes.as_slice()].concat();
        drop(Recording::read(journal.clone()));
        prop_assert!(whole_frames(&journal).is_ok_and(|whole| journal.starts_with(whole)));
    }

    #[test]
    fn arbitrary_events_never_panic(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..64), 0..6)) {
        let mut bytes = b"fluj\x01\x00".to_vec();
        for frame in &frames {
            let kind = 1 + frame[0] % 8;
            flux_recorder::format::write_frame(&mut bytes, |out| {
                out.push(kind);
                out.extend_from_slice(&frame[1..]);
            });
        }
        drop(Recording::read(bytes));
    }
}

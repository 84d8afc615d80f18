//! How much memory reading may take: FORMAT.md's bound, measured.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use flux_recorder::format::write_frame;
use flux_recorder::{Event, Recording, Value, write_journal};

use crate::transcript::begin;

// FORMAT.md, bounds: at most this much at once for each byte read, and this much besides.
pub const PER_BYTE: usize = 128;
pub const BESIDES: usize = 1 << 20;

thread_local! {
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Counts what each thread holds, because tests run beside each other.
struct Counting;

fn count(change: isize) {
    // A thread that is ending has no counter any more, and nothing to measure.
    let _ = HELD.try_with(|held| {
        let now = held.get().0 + change;
        held.set((now, held.get().1.max(now)));
    });
}

// SAFETY: every call is passed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: `pointer` came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most that `run` held at once.
fn peak<T>(run: impl FnOnce() -> T) -> usize {
    let before = HELD.get().0;
    HELD.set((before, before));
    drop(run());
    (HELD.get().1 - before) as usize
}

#[track_caller]
fn bounded(what: &str, input: usize, held: usize) {
    let bound = PER_BYTE * input + BESIDES;
    assert!(held <= bound, "{what}: {held} bytes for {input}, the bound is {bound}");
}

fn value_is_bounded(what: &str, bytes: &[u8]) {
    bounded(what, bytes.len(), peak(|| Value::read(bytes)));
}

fn journal_is_bounded(what: &str, body: &[u8], times: usize) {
    let mut bytes = write_journal([Event::Begin(Box::new(begin()))]);
    for _ in 0..times {
        write_frame(&mut bytes, |out| out.extend_from_slice(body));
    }
    bounded(what, bytes.len(), peak(move || Recording::read(bytes)));
}

/// A count in the canonical form.
fn varint(number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    flux_recorder::canonical::put_varint(&mut out, number as u64);
    out
}

#[test]
fn values_take_a_bounded_multiple_of_their_bytes() {
    let count = 300_000;
    value_is_bounded("a list of units", &[&[14][..], &varint(count), &vec![0; count]].concat());
    value_is_bounded("a list of options", &[&[14][..], &varint(count), &[4, 0].repeat(count)].concat());
    value_is_bounded("a record of units", &[&[16][..], &varint(count), &[0, 0].repeat(count)].concat());
    value_is_bounded("a list of empty lists", &[&[14][..], &varint(count), &[14, 0].repeat(count)].concat());
    value_is_bounded("a list of lists", &[&[14][..], &varint(count), &[14, 1, 0].repeat(count)].concat());
    value_is_bounded("a list of tuples", &[&[14][..], &varint(count), &[15, 2, 0, 0].repeat(count)].concat());
    value_is_bounded("a list of names", &[&[14][..], &varint(count), &[17, 1, b'a'].repeat(count)].concat());
}

#[test]
fn counts_that_are_only_claimed_cost_little() {
    for tag in [14, 15] {
        let claims = [&[tag][..], &varint(50_000)].concat().repeat(64);
        value_is_bounded("lists that claim", &[claims, vec![0; 60_000]].concat());
    }
    let claims = [&[16][..], &varint(900), &[0]].concat().repeat(64);
    value_is_bounded("records that claim", &[claims, vec![0; 1_000]].concat());
}

#[test]
fn journals_take_a_bounded_multiple_of_their_bytes() {
    journal_is_bounded("outputs", &[5, 0, 0, 14, 0], 100_000);
    journal_is_bounded("marks", &[6, 0, 0], 100_000);
    journal_is_bounded("ambient values of one stream", &[4, 0], 100_000);
    journal_is_bounded(
        "fields",
        &[&[5, 0, 0, 14, 100][..], &[15, 2, 12, 0, 12, 0].repeat(100)].concat(),
        5_000,
    );
    journal_is_bounded(
        "a backtrace",
        &[&[7, 0, 0, 4][..], b"trap", &[0, 14, 90], &[12, 0].repeat(90)].concat(),
        1,
    );
}

#[test]
fn calls_and_streams_take_a_bounded_multiple_of_their_bytes() {
    let mut bytes = write_journal([Event::Begin(Box::new(begin()))]);
    for seq in 0..100_000 {
        let name = varint(seq);
        let stream: String = name.iter().map(|byte| char::from(byte & 0x7f)).collect();
        write_frame(&mut bytes, |out| Event::Call { seq: seq as u64, function: "", args: &[] }.write(out));
        write_frame(&mut bytes, |out| Event::Ambient { stream: &stream, value: &[] }.write(out));
    }
    bounded("calls and streams", bytes.len(), peak(move || Recording::read(bytes)));
}

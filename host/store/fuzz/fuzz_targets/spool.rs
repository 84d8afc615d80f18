//! No bytes in a spool's files panic whoever looks for executions in them, and nobody gets more bytes out
//! of them than they have.

#![no_main]

use std::fs;
use std::path::Path;

use flux_store::{Spool, SpoolOptions, SpoolWatch, peek};
use libfuzzer_sys::fuzz_target;

/// Runs are aligned to it.
const GRAIN: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    look(bytes);
    look(&repaired(bytes));
});

/// The same bytes as one segment, and as two of which each has a half.
fn look(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let half = bytes.len() / 2 / GRAIN * GRAIN;
    for (number, part) in [(1, bytes), (2, &bytes[..half]), (3, &bytes[half..])] {
        fs::write(dir.path().join(format!("{number:016x}.seg")), part).expect("a segment is written");
    }
    let limit = 2 * bytes.len();
    let whole = |found: Vec<flux_store::Peeked>| {
        let journals = found.iter().filter_map(|one| one.journal().ok().flatten());
        assert!(journals.map(|journal| journal.len()).sum::<usize>() <= limit);
    };
    peek(dir.path()).map(whole).unwrap_or_default();
    let mut watch = SpoolWatch::new(dir.path());
    (0..2).for_each(|_| watch.look().map(whole).unwrap_or_default());
    open(dir.path(), limit);
}

fn open(dir: &Path, limit: usize) {
    let options = SpoolOptions { segment_bytes: 4096, ..SpoolOptions::default() };
    let Ok((spool, recovered)) = Spool::open(dir, options) else { return };
    assert!(recovered.executions as usize <= limit / GRAIN + 1);
    assert_eq!(spool.stats().waiting, recovered.executions);
}

/// With a magic and a right checksum wherever a run could begin with a plausible length: a fuzzer does not
/// guess these.
fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = GRAIN;
    while at + 40 <= bytes.len() {
        bytes[at..at + 4].copy_from_slice(b"run1");
        let length = (usize::from(bytes[at + 5]) % 8 + 1) * GRAIN;
        bytes[at + 4..at + 8].copy_from_slice(&(length as u32).to_le_bytes());
        let seed = crc32c::crc32c_append(1, &(at as u64).to_le_bytes());
        let checksum = crc32c::crc32c_append(seed, &bytes[at..at + 28]);
        bytes[at + 28..at + 32].copy_from_slice(&checksum.to_le_bytes());
        at += length;
    }
    bytes
}

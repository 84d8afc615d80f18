//! The spool, file by file and after crashes.

mod bound;
mod disk;
mod gone;
mod recovery;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use flux_recorder::{
    Begin, Digest, End, Event, FailureKind, Outcome, Trigger, format, returned, write_journal,
};
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use flux_recorder::AppendError;

use super::*;
use crate::summary::Shipment;

const SMALL: usize = 64 << 10;

fn options() -> SpoolOptions {
    SpoolOptions { segment_bytes: SMALL, ..SpoolOptions::default() }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(7 << 76 | number)
}

/// The journal of an execution, as the pieces in which a session appends it.
fn pieces(id: Uuid, calls: usize, size: usize, end: Option<Outcome>) -> Vec<Vec<u8>> {
    let trigger = Trigger { kind: "http".into(), name: "GET /".into(), input: vec![1; size / 2] };
    let (guest, seed) = (Digest([1; 32]), [2; 32]);
    let begin = Begin { id, parent: None, guest, engine: "none".into(), seed, started_ns: 5, trigger };
    let mut pieces = vec![write_journal([Event::Begin(Box::new(begin))])];
    let frame = |event: Event<'_>| {
        let mut bytes = Vec::new();
        format::write_frame(&mut bytes, |out| event.write(out));
        bytes
    };
    for seq in 0..calls as u64 {
        pieces.push(frame(Event::Call { seq, function: "kv.bucket.get", args: &vec![seq as u8; size] }));
    }
    pieces.extend(end.map(|outcome| frame(Event::End(End { outcome, elapsed_ns: 9, peak_memory: 0 }))));
    pieces
}

fn ok() -> Option<Outcome> {
    Some(returned(&200u16))
}

fn trap() -> Option<Outcome> {
    Some(Outcome::Failed { kind: FailureKind::Trap, message: "oh".into(), backtrace: Vec::new() })
}

fn write(spool: &Spool, id: Uuid, pieces: &[Vec<u8>]) -> Result<(), AppendError> {
    let (mut journal, handle) = spool.execution(id);
    pieces.iter().try_for_each(|piece| journal.append(piece))?;
    handle.finish();
    Ok(())
}

fn begun(spool: &Spool, id: Uuid, pieces: &[Vec<u8>]) -> (Box<dyn Journal>, ExecutionHandle) {
    let (mut journal, handle) = spool.execution(id);
    pieces.iter().for_each(|piece| journal.append(piece).unwrap());
    (journal, handle)
}

/// The files as they would be after `kill -9` now.
fn crash(dir: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn drain(spool: &Spool) -> BTreeMap<Uuid, Vec<u8>> {
    let mut found = BTreeMap::new();
    while let Some(execution) = spool.queue().pop() {
        let twice = found.insert(execution.id(), execution.bytes());
        assert_eq!(twice, None);
        execution.release();
    }
    found
}

fn segments(dir: &Path) -> usize {
    segment::list(dir).unwrap().len()
}

#[test]
fn many_threads_write_and_a_copy_has_it_all() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, recovered) = Spool::open(dir.path(), options()).unwrap();
    assert_eq!(recovered, Recovered::default());
    let journal = |number: u128| {
        let number_of_calls = (number % 7) as usize;
        pieces(id(number), number_of_calls, 10 << (number % 11), ok())
    };
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let spool = &spool;
            scope.spawn(move || {
                for number in (thread * 100)..(thread * 100 + 100) {
                    write(spool, id(number), &journal(number)).unwrap();
                }
            });
        }
    });
    let copy = crash(dir.path());
    let (after, recovered) = Spool::open(copy.path(), options()).unwrap();
    assert_eq!((recovered.executions, recovered.damaged), (800, 0));
    let expected: BTreeMap<_, _> = (0..800).map(|number| (id(number), journal(number).concat())).collect();
    assert!(drain(&after) == expected);
    assert!(drain(&spool) == expected);
    for (spool, dir) in [(after, copy), (spool, dir)] {
        drop(spool);
        assert_eq!(segments(dir.path()), 0, "everything was shipped");
    }
}

#[test]
fn the_spool_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let error = Spool::open(dir.path(), options()).unwrap_err();
    let StoreError::SpoolInUse { pid, .. } = error else { panic!("{error}") };
    assert_eq!(pid, std::process::id().to_string());
    drop(spool);
    Spool::open(dir.path(), options()).unwrap();
}

#[test]
fn a_newer_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut header = layout::segment_header().to_vec();
    header[8] = 9;
    let path = dir.path().join(segment::file_name(3));
    fs::write(&path, &header).unwrap();
    let error = Spool::open(dir.path(), options()).unwrap_err();
    assert!(matches!(error, StoreError::NewerSpool { found: 9, supported: 1, .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), header);
}

#[test]
fn an_execution_that_appended_nothing_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    drop(spool.execution(id(1)));
    spool.execution(id(2)).1.finish();
    assert_eq!(spool.stats().waiting, 0);
}

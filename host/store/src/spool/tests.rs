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

use super::*;
use crate::records::Shipment;

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
fn an_execution_that_still_runs_is_seen_and_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let written = pieces(id(1), 40, 900, None);
    let (mut journal, handle) = spool.execution(id(1));
    written.iter().for_each(|piece| journal.append(piece).unwrap());
    journal.append(&[9; 10]).unwrap(); // Half a frame.
    write(&spool, id(2), &pieces(id(2), 0, 8, ok())).unwrap();

    let peeked = peek(dir.path()).unwrap();
    let seen: Vec<_> = peeked.iter().map(|one| (one.id, one.finished)).collect();
    assert_eq!(seen, [(id(1), false), (id(2), true)]);
    assert_eq!(peeked[0].journal().unwrap().unwrap(), written.concat());

    let copy = crash(dir.path());
    let (after, recovered) = Spool::open(copy.path(), options()).unwrap();
    assert_eq!(recovered.executions, 2);
    let shipment = Shipment::read(id(1), drain(&after).remove(&id(1)).unwrap()).unwrap();
    assert_eq!(shipment.journal, written.concat());
    assert_eq!(
        (&*shipment.summary.outcome, shipment.summary.failed, shipment.summary.calls),
        ("interrupted", true, 40)
    );
    drop(handle);
    assert_eq!(drain(&spool).len(), 2);
}

#[test]
fn recovery_invents_nothing_whatever_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let journals: BTreeMap<_, _> =
        (0..30).map(|number| (id(number), pieces(id(number), 12, 40 * number as usize, ok()))).collect();
    journals.iter().for_each(|(id, pieces)| write(&spool, *id, pieces).unwrap());
    let all = |id: Uuid| journals[&id].concat();
    for round in 0..300u64 {
        let copy = crash(dir.path());
        let paths: Vec<_> = segment::list(copy.path()).unwrap().into_iter().map(|(_, path)| path).collect();
        let random = |salt: u64| crc32c::crc32c(&[round.to_le_bytes(), salt.to_le_bytes()].concat()) as usize;
        let path = &paths[random(0) % paths.len()];
        let mut bytes = fs::read(path).unwrap();
        match round % 3 {
            0 => bytes.truncate(random(1) % bytes.len()),
            1 => (0..8).for_each(|salt| {
                let at = random(salt + 2) % bytes.len();
                bytes[at] ^= 1 << (salt % 8);
            }),
            _ => {
                let at = random(1) % bytes.len();
                let end = (at + random(2) % 9000).min(bytes.len());
                bytes[at..end].fill(0);
            }
        }
        // A flipped version is refused, which is no damage that this test is about.
        bytes.iter_mut().zip(layout::segment_header()).skip(8).for_each(|(byte, right)| *byte = right);
        fs::write(path, bytes).unwrap();
        let (after, _) = Spool::open(copy.path(), options()).unwrap();
        for (id, bytes) in drain(&after) {
            if let Ok(shipment) = Shipment::read(id, bytes) {
                assert!(all(id).starts_with(&shipment.journal), "round {round}");
            }
        }
    }
}

/// One thing that is done to the bytes of a segment.
#[derive(Debug, Clone)]
enum Damage {
    Cut(prop::sample::Index),
    Set(prop::sample::Index, u8),
    Zero(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    /// A word of some run's header: length, index, used, state. The checksum is made right again.
    Header(prop::sample::Index, usize, u32),
}

impl Damage {
    fn apply(&self, number: u64, bytes: &mut Vec<u8>) {
        if bytes.len() <= GRAIN {
            return;
        }
        let until = |at: usize, length: usize, all: usize| (at + length).min(all);
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Set(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Zero(at, length) => {
                let at = at.index(bytes.len());
                let end = until(at, *length, bytes.len());
                bytes[at..end].fill(0);
            }
            Self::Copy(from, to, length) => {
                let from = from.index(bytes.len() / GRAIN) * GRAIN;
                let to = to.index(bytes.len() / GRAIN) * GRAIN;
                let end = until(from, (*length).min(bytes.len() - to), bytes.len());
                bytes.copy_within(from..end, to);
            }
            Self::Header(run, word, value) => {
                let (found, _) = layout::scan(number, bytes);
                if found.is_empty() {
                    return;
                }
                let at = run.get(&found).at;
                let mut header = run.get(&found).header;
                match word % 4 {
                    0 => header.length = value & !255,
                    1 => header.index = *value,
                    2 => bytes[at + layout::USED_AT..][..4].copy_from_slice(&value.to_le_bytes()),
                    _ => bytes[at + layout::STATE_AT..][..4].copy_from_slice(&value.to_le_bytes()),
                }
                bytes[at..at + layout::FIXED].copy_from_slice(&header.write(number, at));
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    let word = prop_oneof![0..4u32, Just(u32::MAX), Just(u32::MAX - 255), 0..100_000u32, any::<u32>()];
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (at(), 1..9000usize).prop_map(|(at, length)| Damage::Zero(at, length)),
        (at(), at(), 1..9000usize).prop_map(|(from, to, length)| Damage::Copy(from, to, length)),
        (at(), 0..4usize, word).prop_map(|(run, word, value)| Damage::Header(run, word, value)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The short form of host/store/fuzz: real segments, with headers that are made up and checksums that
    /// are right.
    #[test]
    fn no_bytes_panic_and_nobody_gets_more_than_there_are(
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (spool, _) = Spool::open(dir.path(), options()).unwrap();
        for number in 0..12 {
            write(&spool, id(number), &pieces(id(number), 6, 900 * number as usize, ok())).unwrap();
        }
        let copy = crash(dir.path());
        drain(&spool);
        let listed = segment::list(copy.path()).unwrap();
        for (index, damage) in &damages {
            let (number, path) = index.get(&listed);
            let mut bytes = fs::read(path).unwrap();
            damage.apply(*number, &mut bytes);
            // A newer version is refused, which is no damage that this test is about.
            bytes.iter_mut().zip(layout::segment_header()).skip(8).for_each(|(byte, right)| *byte = right);
            fs::write(path, bytes).unwrap();
        }
        let there: u64 = listed.iter().map(|(_, path)| fs::metadata(path).unwrap().len()).sum();
        let size = |found: Vec<Peeked>| {
            let journals = found.iter().filter_map(|one| one.journal().ok().flatten());
            journals.map(|journal| journal.len() as u64).sum::<u64>()
        };
        prop_assert!(size(peek(copy.path()).unwrap()) <= there);
        prop_assert!(size(SpoolWatch::new(copy.path()).look().unwrap()) <= there);
        let (after, _) = Spool::open(copy.path(), options()).unwrap();
        let recovered: u64 = drain(&after).values().map(|bytes| bytes.len() as u64).sum();
        prop_assert!(recovered <= there);
    }
}

#[test]
fn a_watch_sees_each_execution_when_it_ends_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut watch = SpoolWatch::new(&dir.path().join("spool"));
    assert_eq!(watch.look().unwrap().len(), 0, "nothing is there yet");
    let (spool, _) = Spool::open(&dir.path().join("spool"), options()).unwrap();
    let journal = |number: u128| pieces(id(number), (number % 7) as usize, 10 << (number % 11), ok());
    let ids = |watch: &mut SpoolWatch| -> Vec<_> {
        let seen = watch.look().unwrap();
        let whole =
            |one: &Peeked| one.journal().unwrap().unwrap() == journal(one.id.as_u128() & 0xffff).concat();
        assert!(seen.iter().all(whole));
        seen.iter().map(|one| one.id.as_u128() & 0xffff).collect()
    };
    let (early, handle) = begun(&spool, id(0), &journal(0)[..1]);
    write(&spool, id(1), &journal(1)).unwrap();
    assert_eq!(ids(&mut watch), [1]);
    (2..400).for_each(|number| write(&spool, id(number), &journal(number)).unwrap());
    let mut early = early;
    journal(0)[1..].iter().for_each(|piece| early.append(piece).unwrap());
    assert_eq!(ids(&mut watch), (2..400).collect::<Vec<_>>());
    handle.finish();
    assert_eq!(ids(&mut watch), [0], "it began first and ended last");
    write(&spool, id(400), &journal(400)).unwrap();
    drain(&spool);
    assert_eq!(ids(&mut watch), [] as [u128; 0], "what was shipped is the record store's");
    write(&spool, id(401), &journal(401)).unwrap();
    assert_eq!(ids(&mut watch), [401]);
    drain(&spool);
}

#[test]
fn a_watch_reads_what_was_added() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let mut watch = SpoolWatch::new(dir.path());
    (0..300).for_each(|number| write(&spool, id(number), &pieces(id(number), 2, 100, ok())).unwrap());
    assert_eq!(watch.look().unwrap().len(), 300);
    // Were it read again, it would be seen as damaged or as new.
    for (_, path) in segment::list(dir.path()).unwrap().iter().rev().skip(2) {
        let length = fs::metadata(path).unwrap().len() as usize;
        let file = fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(&vec![0xff; length], 0).unwrap();
    }
    write(&spool, id(300), &pieces(id(300), 2, 100, ok())).unwrap();
    assert_eq!(watch.look().unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [id(300)]);
}

#[test]
fn a_run_that_is_missing_cuts_what_follows() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let all = pieces(id(1), 4, 20_000, ok());
    write(&spool, id(1), &all).unwrap();
    let copy = crash(dir.path());
    for (number, path) in segment::list(copy.path()).unwrap() {
        let (found, _) = layout::scan(number, &fs::read(&path).unwrap());
        if found.iter().any(|run| run.header.index == 1) {
            fs::remove_file(path).unwrap();
        }
    }
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    let shipment = Shipment::read(id(1), drain(&after).remove(&id(1)).unwrap()).unwrap();
    assert!(shipment.journal.len() < all.concat().len());
    assert!(all.concat().starts_with(&shipment.journal));
    drain(&spool);
}

#[test]
fn recorded_bytes_that_look_like_a_run_are_none() {
    let forged = layout::RunHeader { length: 256, id: id(9), index: 0 }.write(1, 512);
    let mut segment = vec![0; 2048];
    segment[1024..1024 + forged.len()].copy_from_slice(&forged);
    assert_eq!(layout::scan(1, &segment).0.len(), 0, "made for another place");
    segment.copy_within(1024..1024 + forged.len(), 512);
    assert_eq!(layout::scan(1, &segment).0.len(), 1);
    assert_eq!(layout::scan(2, &segment).0.len(), 0, "made for another segment");
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
fn a_large_append_has_a_segment_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let large = pieces(id(1), 1, 5 * SMALL, ok());
    write(&spool, id(1), &large).unwrap();
    assert_eq!(drain(&spool)[&id(1)], large.concat());
}

#[test]
fn at_the_bound_it_refuses_until_something_was_shipped() {
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolOptions { max_bytes: 4 * SMALL as u64, ..options() };
    let (spool, _) = Spool::open(dir.path(), bounded).unwrap();
    let mut written = 0;
    let refused = loop {
        match write(&spool, id(written), &pieces(id(written), 2, 100, ok())) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(refused.0.contains("`spool-max`"), "{refused}");
    assert!(spool.stats().bytes <= 4 * SMALL as u64);
    assert_eq!((spool.stats().waiting, spool.stats().refused), (u64::try_from(written).unwrap(), 1));
    assert!(spool.stats().full);
    assert_eq!(drain(&spool).len() as u128, written);
    write(&spool, id(written), &pieces(id(written), 2, 100, ok())).unwrap();
    drain(&spool);
}

#[test]
fn at_the_bound_it_drops_successes_and_keeps_failures() {
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolOptions { max_bytes: 6 * SMALL as u64, full: Full::DropOldest, ..options() };
    let (spool, _) = Spool::open(dir.path(), bounded).unwrap();
    let journal =
        |number: u128| pieces(id(number), 2, 100, if number.is_multiple_of(50) { trap() } else { ok() });
    for number in 0..2000 {
        write(&spool, id(number), &journal(number)).unwrap();
    }
    let stats = spool.stats();
    assert!(stats.dropped > 1000 && stats.refused == 0, "{stats:?}");
    assert!(stats.bytes <= 7 * SMALL as u64, "{stats:?}");
    assert_eq!(stats.waiting + stats.dropped, 2000);

    let copy = crash(dir.path());
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    let (after, found) = (drain(&after), drain(&spool));
    assert!(after == found, "what was moved is recovered, and what was dropped is not");
    assert!((0..2000).step_by(50).all(|number| found[&id(number)] == journal(number).concat()));
}

#[test]
fn a_move_that_a_crash_cut_leaves_one_of_both() {
    let run = |index, state, used| layout::Found {
        at: 256,
        header: layout::RunHeader { length: 1024, id: id(1), index },
        used,
        state,
    };
    let chosen = |runs: Vec<layout::Found>| {
        let (order, _) = recover::in_order(runs.into_iter().map(|run| ((), run)).collect());
        order.iter().map(|(_, run)| run.header.index).collect::<Vec<_>>()
    };
    let (full, moved) = (1024 - HEADER, full::MOVED);
    assert_eq!(
        chosen(vec![run(1, 0, 3), run(0, 1, full), run(moved, 0, 50)]),
        [0, 1],
        "the copy is not whole"
    );
    assert_eq!(chosen(vec![run(1, 0, 3), run(0, 1, full), run(moved, 1, 50)]), [moved]);
    assert_eq!(chosen(vec![run(moved, 1, full), run(moved, 1, full)]), [moved], "one copy is enough");
    assert_eq!(chosen(vec![run(0, 1, 7), run(1, 1, full)]), [0], "a run that is not full is the last");
    assert_eq!(chosen(vec![run(1, 1, 7)]), [0u32; 0], "no beginning, no execution");
}

#[test]
fn relaxed_writes_when_it_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let relaxed = SpoolOptions { durability: Durability::Relaxed, ..options() };
    let (spool, _) = Spool::open(dir.path(), relaxed).unwrap();
    let written = pieces(id(1), 30, 900, ok());
    let (mut journal, handle) = spool.execution(id(1));
    written.iter().for_each(|piece| journal.append(piece).unwrap());
    assert_eq!(peek(dir.path()).unwrap().len(), 0);
    handle.finish();
    assert_eq!(peek(dir.path()).unwrap()[0].journal().unwrap().unwrap(), written.concat());
    assert_eq!(drain(&spool)[&id(1)], written.concat());
    assert_eq!(peek(dir.path()).unwrap().len(), 0, "shipped");
}

#[tokio::test]
async fn power_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let power = SpoolOptions { durability: Durability::Power, ..options() };
    let (spool, _) = Spool::open(dir.path(), power).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..64 {
        let spool = spool.clone();
        tasks.spawn(async move {
            let (mut journal, handle) = spool.execution(id(number));
            pieces(id(number), 3, 3000, ok()).iter().for_each(|piece| journal.append(piece).unwrap());
            handle.durable().await.unwrap();
            handle.finish();
        });
    }
    tasks.join_all().await;
    assert_eq!(drain(&spool).len(), 64);
}

#[test]
fn an_execution_that_appended_nothing_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    drop(spool.execution(id(1)));
    spool.execution(id(2)).1.finish();
    assert_eq!(spool.stats().waiting, 0);
}

/// A spool on a disk that fails as long as `failing` says so, for files or for folders.
fn failing_spool(dir: &Path, folders: bool, failing: &Arc<AtomicBool>) -> Spool {
    let failing = failing.clone();
    let fault = move |file: &fs::File| {
        let hit = failing.load(Ordering::SeqCst) && file.metadata()?.is_dir() == folders;
        if hit { Err(std::io::Error::from_raw_os_error(5)) } else { Ok(()) }
    };
    let power = SpoolOptions { durability: Durability::Power, ..options() };
    Spool::open_on(Disk::with_fault(dir, Box::new(fault)), dir, power).unwrap().0
}

fn begun(spool: &Spool, id: Uuid, pieces: &[Vec<u8>]) -> (Box<dyn Journal>, ExecutionHandle) {
    let (mut journal, handle) = spool.execution(id);
    pieces.iter().for_each(|piece| journal.append(piece).unwrap());
    (journal, handle)
}

async fn refused(handle: &ExecutionHandle) {
    let error = handle.durable().await.unwrap_err();
    assert!(matches!(error, StoreError::Sync(_)), "{error}");
}

/// The bytes of the only segment that is written.
fn first_segment(dir: &Path) -> Vec<u8> {
    fs::read(&segment::list(dir).unwrap()[0].1).unwrap()
}

#[tokio::test]
async fn a_segment_that_the_disk_did_not_take_is_never_used_again() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::<AtomicBool>::default());
    let spool = failing_spool(dir.path(), false, &failing);
    let whole = |number| pieces(id(number), 2, 100, ok());
    let (_, safe) = begun(&spool, id(1), &whole(1));
    safe.durable().await.unwrap();
    let (mut running, waiting) = begun(&spool, id(2), &pieces(id(2), 2, 100, None));
    let (_, lost) = begun(&spool, id(3), &whole(3));
    failing.store(true, Ordering::SeqCst);
    refused(&lost).await;
    assert!(!spool.is_durable() && spool.stats().failing && spool.stats().poisoned == 1);
    failing.store(false, Ordering::SeqCst);

    // Linux says once that bytes were lost: a second sync of the same file would succeed.
    let before = first_segment(dir.path());
    refused(&lost).await;
    refused(&waiting).await;
    assert!(running.append(&whole(2)[1]).is_err(), "it cannot be recorded, so it must not act");
    let (_, next) = begun(&spool, id(4), &whole(4));
    next.durable().await.unwrap();
    for handle in [safe, lost, next] {
        handle.finish();
    }
    drop(waiting);
    assert!(first_segment(dir.path()) == before, "the poisoned segment was written");
    let stats = spool.stats();
    assert_eq!((stats.poisoned, stats.failing, stats.waiting), (1, false, 4));
    drop(running);
    assert_eq!(drain(&spool).len(), 4, "what it still has is shipped");
    drop(spool);
    assert_eq!(segments(dir.path()), 0, "it goes when all was shipped");
}

#[tokio::test]
async fn a_folder_that_the_disk_did_not_take_poisons_the_files_without_a_name() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::<AtomicBool>::default());
    let spool = failing_spool(dir.path(), true, &failing);
    let (_, first) = begun(&spool, id(1), &pieces(id(1), 2, 100, ok()));
    // In a segment of its own, which nobody asked to sync.
    let (_, large) = begun(&spool, id(2), &pieces(id(2), 1, 5 * SMALL, ok()));
    failing.store(true, Ordering::SeqCst);
    refused(&first).await;
    failing.store(false, Ordering::SeqCst);
    refused(&first).await;
    refused(&large).await;
    let (_, next) = begun(&spool, id(3), &pieces(id(3), 2, 100, ok()));
    next.durable().await.unwrap();
}

#[tokio::test]
async fn a_disk_that_takes_bytes_again_is_seen_without_any_execution() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(true)));
    let spool = failing_spool(dir.path(), false, &failing);
    assert!(spool.is_durable(), "nothing was asked of it yet");
    for number in 0..3 {
        refused(&begun(&spool, id(number), &pieces(id(number), 2, 100, ok())).1).await;
        assert!(!spool.is_durable());
    }
    assert_eq!(spool.stats().poisoned, 3, "each rolled to a new one");
    failing.store(false, Ordering::SeqCst);
    while !spool.is_durable() {
        tokio::task::yield_now().await;
    }
    assert_eq!(spool.stats().poisoned, 3);
    assert!(!dir.path().join("probe").exists());
}

#[test]
fn a_failure_that_cannot_be_moved_safely_stays_where_it_is() {
    let (dir, failing) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(true)));
    let failing_disk = {
        let failing = failing.clone();
        move |_: &fs::File| {
            if failing.load(Ordering::SeqCst) { Err(std::io::Error::from_raw_os_error(5)) } else { Ok(()) }
        }
    };
    let bounded = SpoolOptions {
        max_bytes: 6 * SMALL as u64,
        full: Full::DropOldest,
        durability: Durability::Power,
        ..options()
    };
    let disk = Disk::with_fault(dir.path(), Box::new(failing_disk));
    let (spool, _) = Spool::open_on(disk, dir.path(), bounded).unwrap();
    let (failure, mut number) = (pieces(id(0), 2, 100, trap()), 1);
    write(&spool, id(0), &failure).unwrap();
    while spool.stats().dropped == 0 && write(&spool, id(number), &pieces(id(number), 2, 100, ok())).is_ok() {
        number += 1;
    }
    let copy = crash(dir.path());
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    assert_eq!(drain(&after)[&id(0)], failure.concat());
    drain(&spool);
}

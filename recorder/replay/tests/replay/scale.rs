//! A hundred thousand calls: what is not near-linear does not end while somebody waits.

use flux_recorder::{End, KeepAll, MemoryJournal, Session, Step, returned};
use flux_replay::{Report, Verdict};
use std::sync::Arc;

use crate::check::replay_same;
use crate::transcript::begin;

const CALLS: u64 = 100_000;

fn end(session: &mut Session) {
    let end = End { outcome: returned(&200u16), elapsed_ns: 1, peak_memory: 1 };
    session.end(end).expect("an end");
}

fn record(calls: impl Iterator<Item = u64>) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session =
        Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
    for key in calls {
        let Ok(Step::Execute(ticket)) = session.begin::<u64>("kv.get", &(key,)) else { panic!("it acts") };
        session.finish(ticket, &key, 1).expect("a journal");
    }
    end(&mut session);
    journal.bytes()
}

fn replay(recorded: impl Iterator<Item = u64>, asked: impl Iterator<Item = u64> + Clone) -> Report {
    replay_same(record(recorded), |session| {
        let is_answered = |key: u64| session.begin::<u64>("kv.get", &(key,)).is_ok();
        let _ = asked.clone().all(is_answered);
        end(session);
    })
}

#[track_caller]
fn check(asked: impl Iterator<Item = u64> + Clone, verdict: Verdict, divergences: usize) {
    let report = replay(0..CALLS, asked);
    assert_eq!((report.verdict, report.divergences.len()), (verdict, divergences));
}

#[test]
fn the_first_changed_inserted_dropped_or_moved() {
    check(0..CALLS, Verdict::Identical, 0);
    check([CALLS].into_iter().chain(1..CALLS), Verdict::Diverged, 1);
    check([CALLS].into_iter().chain(0..CALLS), Verdict::Blocked, 1);
    check(1..CALLS, Verdict::Diverged, 1);
    check((1..CALLS).chain([0]), Verdict::Diverged, 1);
}

#[test]
fn all_changed_or_backwards() {
    check(CALLS..2 * CALLS, Verdict::Diverged, CALLS as usize);
    check((0..CALLS).rev(), Verdict::Diverged, CALLS as usize - 1);
}

#[test]
fn the_same_call_again_and_again() {
    let report = replay((0..CALLS).map(|key| key % 2), (0..CALLS - 1).map(|key| key % 2));
    assert_eq!((report.verdict, report.divergences.len()), (Verdict::Diverged, 1));
}

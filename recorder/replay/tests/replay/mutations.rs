//! Executions replayed as they were, and with one thing changed.

use std::sync::Arc;

use flux_recorder::{End, KeepAll, MemoryJournal, Session, Step, Value, returned};
use flux_replay::{Divergence, Report, Verdict};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::check::replay_same;
use crate::generate::{Call, call};
use crate::transcript::begin;

fn end() -> End {
    End { outcome: returned(&200u16), elapsed_ns: 1, peak_memory: 1 }
}

fn record(calls: &[Call]) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session =
        Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
    for (function, args, result) in calls {
        let Ok(Step::Execute(ticket)) = session.begin::<Value>(function, args) else { panic!("no answer") };
        session.finish(ticket, result, 3).expect("a journal");
    }
    session.end(end()).expect("a journal");
    journal.bytes()
}

/// Replays `asked`, until it is stopped. Each answer is that of the same call, if it was not changed.
fn replay(bytes: Vec<u8>, asked: &[Call]) -> (Report, Vec<Value>) {
    let mut answers = Vec::new();
    let report = replay_same(bytes, |session| {
        let answer = |(function, args, _): &Call| match session.begin::<Value>(function, args) {
            Ok(Step::Return(value)) => Some(value),
            _ => None,
        };
        answers = asked.iter().map_while(answer).collect();
        session.end(end()).expect("an end");
    });
    (report, answers)
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    prop::collection::vec(call(), 1..8)
}

fn changed_args(args: &Value) -> Value {
    let Value::Tuple(mut items) = args.clone() else {
        return Value::Unit;
    };
    items[0] = Value::Variant("changed".to_owned(), Box::new(items[0].clone()));
    Value::Tuple(items)
}

fn is_about_a_call(divergence: &Divergence) -> bool {
    divergence.index().is_some() || matches!(divergence, Divergence::Blocked { .. })
}

proptest! {
    #[test]
    fn the_same_calls_are_identical(calls in calls()) {
        let (report, answers) = replay(record(&calls), &calls);
        prop_assert_eq!(report.verdict, Verdict::Identical);
        prop_assert!(report.divergences.is_empty());
        prop_assert_eq!(answers, calls.into_iter().map(|(_, _, result)| result).collect::<Vec<_>>());
    }

    #[test]
    fn recording_twice_gives_the_same_bytes(calls in calls()) {
        prop_assert_eq!(record(&calls), record(&calls));
    }

    #[test]
    fn a_changed_argument_has_an_index_and_a_path(calls in calls(), at: Index) {
        let at = at.index(calls.len());
        let mut asked = calls.clone();
        asked[at].1 = changed_args(&asked[at].1);
        let (report, _) = replay(record(&calls), &asked);
        let changed = report.divergences.iter().find_map(|divergence| match divergence {
            Divergence::Changed { function, differences, .. } => Some((function, differences)),
            _ => None,
        });
        let (function, differences) = changed.expect("a changed call");
        prop_assert!(!differences.is_empty());
        let root = format!("{function}[");
        prop_assert!(differences.iter().all(|found| found.path.to_string().starts_with(&root)));
    }

    #[test]
    fn a_dropped_call_is_noticed(calls in calls(), at: Index) {
        let mut asked = calls.clone();
        asked.remove(at.index(calls.len()));
        let (report, _) = replay(record(&calls), &asked);
        prop_assert!(report.divergences.iter().any(|found| found.name() == "missing"));
    }

    #[test]
    fn an_added_call_is_noticed(calls in calls(), at: Index) {
        let mut asked = calls.clone();
        asked.insert(at.index(calls.len() + 1), ("queue.send", Value::Tuple(vec![]), Value::Unit));
        let (report, _) = replay(record(&calls), &asked);
        prop_assert_eq!(report.verdict, Verdict::Blocked);
        prop_assert!(report.divergences.iter().any(is_about_a_call));
    }

    #[test]
    fn swapped_neighbours_are_noticed(calls in prop::collection::vec(call(), 2..8), at: Index) {
        let at = at.index(calls.len() - 1);
        let same = |a: &Call, b: &Call| a.0 == b.0 && a.1 == b.1;
        prop_assume!(!same(&calls[at], &calls[at + 1]));
        let mut asked = calls.clone();
        asked.swap(at, at + 1);
        let (report, _) = replay(record(&calls), &asked);
        prop_assert_eq!(report.verdict, Verdict::Diverged);
        prop_assert!(report.divergences.iter().all(is_about_a_call));
    }
}

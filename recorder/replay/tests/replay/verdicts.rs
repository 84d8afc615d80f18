//! Each verdict, and which of them let the new code pass.

use std::sync::Arc;

use flux_replay::{OutputDifference, Tolerances, Verdict};

use crate::check::{replay, tolerating};
use crate::transcript::record;

#[track_caller]
fn verdict(recorded: &str, replayed: &str) -> Verdict {
    let tolerances = tolerating(&["response.headers.date"], &[]);
    replay(record(recorded), replayed, &tolerances, Arc::new(flux_recorder::KeepAll)).1.verdict
}

#[test]
fn each_has_its_case() {
    assert_eq!(verdict("return 200", "return 200"), Verdict::Identical);
    assert_eq!(verdict("return 200 date:mon", "return 200 date:tue"), Verdict::Equivalent);
    assert_eq!(verdict("return 500", "return 200"), Verdict::Fixed);
    assert_eq!(verdict("fail trap x", "return 404"), Verdict::Fixed);
    assert_eq!(verdict("return 200", "return 503"), Verdict::Regressed);
    assert_eq!(verdict("return 200", "fail memory-limit x"), Verdict::Regressed);
    assert_eq!(verdict("return 200 | a", "return 200 | b"), Verdict::Diverged);
    assert_eq!(verdict("return 500 | a", "return 500 | b"), Verdict::Diverged);
    assert_eq!(verdict("return 200", "kv.get a"), Verdict::Blocked);
    assert_eq!(verdict("return 500", "kv.get a"), Verdict::Progressed);
    assert_eq!(verdict("crash", "return 200"), Verdict::NotCompared);
}

#[test]
fn a_field_that_is_ignored_is_not_one_that_was_compared() {
    let replay = |ignore: &[&str]| {
        let tolerances = tolerating(ignore, &[]);
        let recorded = record("return 200 | {\"a\":1}");
        replay(recorded, "return 200 | {\"a\":2}", &tolerances, Arc::new(flux_recorder::KeepAll)).1
    };
    let body = replay(&["response.body.a"]);
    assert_eq!((body.verdict, body.ignored), (Verdict::Equivalent, 1));
    assert!(body.compared > 0, "the status");
    let all = replay(&["response"]);
    assert_eq!((all.verdict, all.compared), (Verdict::NotCompared, 0));
}

#[test]
fn names_are_stable_and_the_best_four_pass() {
    let names: Vec<_> = Verdict::ALL.iter().map(|verdict| (verdict.name(), verdict.passes())).collect();
    let passing = [("identical", true), ("equivalent", true), ("fixed", true), ("progressed", true)];
    let failing = [("not compared", false), ("regressed", false), ("diverged", false), ("blocked", false)];
    assert_eq!(names, [passing, failing].concat());
}

#[test]
fn other_output_is_reported_and_is_no_divergence() {
    let (_, report) =
        replay(record("log a"), "log b", &Tolerances::default(), Arc::new(flux_recorder::KeepAll));
    assert_eq!(report.verdict, Verdict::Identical);
    let OutputDifference { line, recorded, replayed } = report.output.expect("other output");
    let messages = (recorded.expect("a line").message, replayed.expect("a line").message);
    assert_eq!((line, messages), (1, ("a".to_owned(), "b".to_owned())));
}

#[test]
fn the_first_line_that_differs_is_told() {
    let first = |recorded: &str, replayed: &str| {
        let keep_all = Arc::new(flux_recorder::KeepAll);
        let report = replay(record(recorded), replayed, &Tolerances::default(), keep_all).1;
        let message = |line: Option<flux_recorder::Output>| line.map(|line| line.message);
        report.output.map(|it| (it.line, message(it.recorded), message(it.replayed)))
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(first("log a\n log b", "log a\n log c"), Some((2, text("b"), text("c"))));
    assert_eq!(first("log a\n log b", "log a"), Some((2, text("b"), None)));
    assert_eq!(first("log a", "log a\n log b"), Some((2, None, text("b"))));
    // What a guest that is stopped would still have written is not known.
    assert_eq!(first("log a\n log b\n return 500", "log a\n kv.get x"), None);
    assert_eq!(first("log a\n return 500", "log z\n kv.get x"), Some((1, text("a"), text("z"))));
    // A stream is written in pieces, which are no lines.
    assert_eq!(first("out a\\nb\\n", "out a\n out \\nb\\n"), None);
    assert_eq!(first("out a\\nb\\n", "out a\n out \\nc\\n"), Some((2, text("b"), text("c"))));
}

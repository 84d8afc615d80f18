//! Each verdict, and which of them let the new code pass.

use flux_recorder::{Tolerances, Verdict};
use std::sync::Arc;

use crate::transcript::{record, replay};

#[track_caller]
fn verdict(recorded: &str, replayed: &str) -> Verdict {
    let tolerances = Tolerances { ignore: vec!["response.headers.date".into()], unordered: vec![] };
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
    assert_eq!(verdict("crash", "return 200"), Verdict::Fixed);
}

#[test]
fn names_are_stable_and_the_best_three_pass() {
    let names: Vec<_> = Verdict::ALL.iter().map(|verdict| (verdict.name(), verdict.passes())).collect();
    let passing = [("identical", true), ("equivalent", true), ("fixed", true)];
    let failing = [("regressed", false), ("diverged", false), ("blocked", false)];
    assert_eq!(names, [passing, failing].concat());
}

#[test]
fn other_output_is_reported_and_is_no_divergence() {
    let (_, report) =
        replay(record("log a"), "log b", &Tolerances::default(), Arc::new(flux_recorder::KeepAll));
    assert_eq!(report.verdict, Verdict::Identical);
    assert_eq!(report.output.expect("other output")[0].message, "b");
}

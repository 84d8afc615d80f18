//! Recordings that do not say how their guest would have ended, and failures that were not the guest's.

use std::sync::Arc;

use flux_recorder::{During, FailureKind, KeepAll};
use flux_replay::{Tolerances, Verdict};

use crate::by_hand::limited;
use crate::check::{check, replay, tolerating};
use crate::transcript::record;

fn verdict(recorded: Vec<u8>, replayed: &str) -> Verdict {
    replay(recorded, replayed, &Tolerances::default(), Arc::new(KeepAll)).1.verdict
}

#[test]
fn an_interrupted_recording_is_not_compared_whatever_the_guest_does_after_it() {
    let recorded = || record("kv.get a\n crash");
    assert_eq!(verdict(recorded(), "kv.get a\n return 200"), Verdict::NotCompared);
    assert_eq!(verdict(recorded(), "kv.get a\n return 500"), Verdict::NotCompared);
    assert_eq!(verdict(recorded(), "kv.get a\n kv.get b\n return 200"), Verdict::NotCompared);
    assert_eq!(verdict(record("crash"), "return 200"), Verdict::NotCompared);
}

#[test]
fn what_an_interrupted_recording_does_say_is_compared() {
    let recorded = || record("kv.get a\n kv.get b\n crash");
    assert_eq!(verdict(recorded(), "kv.get a\n kv.get c\n return 200"), Verdict::Diverged);
    assert_eq!(verdict(recorded(), "kv.get a\n return 200"), Verdict::Diverged);
    assert_eq!(verdict(recorded(), "queue.send a\n return 200"), Verdict::Blocked);
}

#[test]
fn a_call_whose_outcome_is_unknown_is_not_compared_when_all_before_it_was() {
    check(
        "kv.get a
         fetch.send pay -> ?
         crash",
        "kv.get a
         fetch.send pay
         kv.get b",
        "stopped: the recording has no answer: the outcome of call 1, fetch.send, is unknown
         not compared, 1 of 2 answered",
    );
}

#[test]
fn a_failure_of_the_host_is_never_fixed() {
    assert_eq!(verdict(record("kv.get a\n fail host x"), "kv.get a\n return 200"), Verdict::NotCompared);
    assert_eq!(verdict(record("kv.get a\n fail host x"), "kv.get b\n return 200"), Verdict::Diverged);
}

#[test]
fn a_time_limit_is_mended_only_where_the_guest_itself_took_the_time() {
    assert_eq!(
        verdict(limited(FailureKind::TimeLimit, During::Computing), "kv.get a\n return 200"),
        Verdict::Fixed
    );
    assert_eq!(
        verdict(limited(FailureKind::TimeLimit, During::Waiting), "kv.get a\n return 200"),
        Verdict::Diverged
    );
    assert_eq!(
        verdict(limited(FailureKind::TimeLimit, During::Calling), "kv.get a\n return 200"),
        Verdict::Diverged
    );
    // Before format 1.1 the recording does not say what the guest did.
    assert_eq!(verdict(record("kv.get a\n fail time-limit x"), "kv.get a\n return 200"), Verdict::Diverged);
}

#[test]
fn what_goes_on_where_the_recorded_failure_was_has_progressed() {
    check(
        "kv.get a
         fail trap unreachable",
        "kv.get a
         kv.set a 1
         return 200",
        r#"stopped: the recording has no answer: call 1, kv.set, was never recorded
           blocked asked 1: kv.set("a", 1)
           progressed, 1 of 1 answered"#,
    );
}

#[test]
fn every_way_to_fail_can_be_left_behind() {
    for failure in
        ["return 500", "return 503 | {}", "fail trap x", "fail memory-limit x", "fail stack-limit x"]
    {
        let recorded = record(&format!("kv.get a\n {failure}"));
        assert_eq!(verdict(recorded, "kv.get a\n kv.set a 1"), Verdict::Progressed, "{failure}");
    }
    for no_failure in ["return 200", "return 404"] {
        let recorded = record(&format!("kv.get a\n {no_failure}"));
        assert_eq!(verdict(recorded, "kv.get a\n kv.set a 1"), Verdict::Blocked, "{no_failure}");
    }
}

/// What a guest undoes because it failed is a part of the failure, whoever undoes it.
#[test]
fn a_transaction_that_the_failure_rolled_back_does_not_hide_that_the_code_goes_on() {
    for failure in ["return 500", "fail trap unreachable"] {
        let begun = "db.connection.begin main\n db.transaction.execute insert";
        let recorded = || record(&format!("{begun}\n db.transaction.rollback main\n {failure}"));
        let now = format!("{begun}\n db.transaction.commit main\n return 201");
        assert_eq!(verdict(recorded(), &now), Verdict::Progressed, "{failure}");
        let other = "db.connection.begin main\n db.transaction.commit main\n return 201";
        assert_eq!(verdict(recorded(), other), Verdict::Blocked, "{failure}");
    }
    let kept = record("db.connection.begin main\n db.transaction.rollback main\n return 200");
    assert_eq!(verdict(kept, "db.connection.begin main\n db.transaction.commit main"), Verdict::Blocked);
}

#[test]
fn what_leaves_before_the_recorded_failure_has_not_progressed() {
    let replay = |replayed: &str| {
        let recorded = record("kv.get a\n kv.get b\n fail trap unreachable");
        let report = replay(recorded, replayed, &Tolerances::default(), Arc::new(KeepAll)).1;
        assert_eq!(report.verdict, Verdict::Blocked);
        report.reason.expect("why it has not progressed")
    };
    let before = "it was stopped before it reached the place where the recording failed";
    assert_eq!(replay("kv.get a\n queue.send b"), before);
    assert_eq!(
        replay("kv.get x\n kv.get b\n queue.send b"),
        "what it did before that is not what was recorded, so the failure may not be gone"
    );
    assert_eq!(
        replay("config x\n kv.get a\n kv.get b\n queue.send b"),
        "what it did before that is not what was recorded, so the failure may not be gone"
    );
}

/// A database that is opened beyond the failure, say: that it opens is an input.
#[test]
fn an_input_that_nobody_recorded_is_progress_only_beyond_the_failure() {
    for failure in ["return 500", "fail trap unreachable"] {
        let recorded = || record(&format!("kv.get a\n {failure}"));
        assert_eq!(verdict(recorded(), "kv.get a\n config zone\n kv.set a 1"), Verdict::Progressed);
        assert_eq!(verdict(recorded(), "kv.get a\n config zone\n return 200"), Verdict::Progressed);
        assert_eq!(verdict(recorded(), "kv.get a\n config zone\n return 501"), Verdict::Diverged);
        assert_eq!(verdict(recorded(), "config zone\n kv.get a\n return 200"), Verdict::Diverged);
        assert_eq!(verdict(recorded(), "config zone\n kv.get a\n kv.set a 1"), Verdict::Blocked);
        let first = record(failure);
        assert_eq!(verdict(first, "config zone\n kv.set a 1"), Verdict::Progressed);
    }
    assert_eq!(verdict(record("kv.get a\n return 200"), "kv.get a\n config zone"), Verdict::Diverged);
}

#[test]
fn what_flux_toml_tolerates_does_not_forbid_progress() {
    let tolerances = tolerating(&["config.get.x", "fetch.send[1].at"], &["kv.get"]);
    let recorded = record("kv.get a\n kv.get b\n fetch.send x | {\"at\":1}\n return 500");
    let now = "config x\n kv.get b\n kv.get a\n fetch.send x | {\"at\":2}\n kv.set a 1";
    let report = replay(recorded, now, &tolerances, Arc::new(KeepAll)).1;
    assert_eq!((report.verdict, report.divergences.len()), (Verdict::Progressed, 1));
}

#[test]
fn fixed_rests_on_answers_of_its_own() {
    assert_eq!(verdict(record("kv.get a\n return 500"), "kv.get a\n return 200"), Verdict::Fixed);
    assert_eq!(verdict(record("kv.get a\n return 500"), "return 200"), Verdict::Fixed);
    assert_eq!(verdict(record("kv.get a\n return 500"), "kv.get b\n return 200"), Verdict::Diverged);
    assert_eq!(
        verdict(record("kv.get a\n return 500"), "config x\n kv.get a\n return 200"),
        Verdict::Diverged
    );
}

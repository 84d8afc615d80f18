//! Recordings that a limit, a kill or a failure cut short, against another build.

use std::sync::Arc;

use flux_recorder::{During, End, FailureKind, KeepAll, MemoryJournal, Outcome, Session, Step, Stop};
use flux_replay::{Tolerances, Verdict};

use crate::by_hand::{call, end, end_as, failed, limited, other, response, start, stopped};
use crate::check::{render, replay, replay_same, tolerating};
use crate::transcript::{record, run};

/// It may wait for a millisecond where the recorded guest waited for a minute.
fn calls_and_waits(session: &mut Session) -> Result<Outcome, Stop> {
    call(session, "kv.get", "a")?;
    session.wait()?;
    Ok(response(200))
}

#[test]
fn not_fixed_where_the_new_tail_fails() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&response(500)).expect("ok");
    end(&mut session, response(500));
    let report = other(journal.bytes(), |session| {
        session.respond(&response(200)).expect("ok");
        session.tail_failed(FailureKind::Trap, "a panic").expect("ok");
        end(session, response(200));
    });
    assert_eq!(report.verdict, Verdict::Diverged, "{:?}", report.divergences);
}

#[test]
fn a_response_that_failed_is_mended_though_the_process_ended_after_it() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&response(500)).expect("ok");
    let report = other(journal.bytes(), |session| {
        session.respond(&response(200)).expect("ok");
        end(session, response(200));
    });
    assert_eq!(report.verdict, Verdict::Fixed, "{:?}", report.divergences);
}

#[test]
fn host_failure_and_a_call_beyond() {
    let (_, report) = replay(
        record("kv.get a\n fail host x"),
        "kv.get a\n kv.get b\n return 200",
        &Tolerances::default(),
        Arc::new(KeepAll),
    );
    assert_eq!(report.verdict, Verdict::NotCompared, "{:?}", render(&report));
}

#[test]
fn host_failure_in_a_call_same_guest() {
    let bytes = record("kv.get a -> ?\n fail host x");
    let report = replay_same(bytes, |session| {
        run(session, "kv.get a\n return 200");
    });
    assert_eq!(report.verdict, Verdict::NotCompared, "{:?}", render(&report));
}

#[test]
fn another_build_that_waits_less() {
    let report =
        other(limited(FailureKind::TimeLimit, During::Waiting), |session| end_as(session, calls_and_waits));
    assert_eq!(report.verdict, Verdict::NotCompared, "{:?}", render(&report));
}

#[test]
fn another_build_that_only_waits() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.limit(FailureKind::TimeLimit, During::Waiting).expect("ok");
    end(&mut session, failed(FailureKind::TimeLimit, "late"));
    let report =
        other(journal.bytes(), |session| end_as(session, |session| session.wait().map(|()| response(200))));
    assert_eq!(report.verdict, Verdict::NotCompared, "{:?}", render(&report));
}

#[test]
fn killed_in_its_tail_and_stopped_before_the_answer() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    session.respond(&response(200)).expect("ok");
    let report = other(journal.bytes(), |session| {
        call(session, "kv.get", "a").expect("ok");
        let stop = call(session, "kv.get", "inserted").expect_err("inserted");
        end(session, stopped(&stop));
    });
    assert_eq!(report.verdict, Verdict::Blocked, "{:?}", render(&report));
}

#[test]
fn killed_in_its_tail_is_not_identical_to_one_that_fails_there() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    session.respond(&response(200)).expect("ok");
    let report = other(journal.bytes(), |session| {
        call(session, "kv.get", "a").expect("ok");
        session.respond(&response(200)).expect("ok");
        let stop = call(session, "queue.send", "never recorded").expect_err("inserted");
        session.tail_failed(FailureKind::Blocked, &stop.to_string()).expect("ok");
        end(session, response(200));
    });
    assert_eq!(report.verdict, Verdict::NotCompared, "{:?}", render(&report));
}

/// Of a recording that a limit ended after one call, by a build that makes another call there.
fn past_a_limit(kind: FailureKind, during: During, took_ns: u64) -> (Verdict, Option<&'static str>) {
    let report = other(limited(kind, during), |session| {
        call(session, "kv.get", "a").expect("it was recorded");
        let stop = call(session, "kv.get", "b").expect_err("it was not");
        session.end(End { outcome: stopped(&stop), elapsed_ns: took_ns, peak_memory: 1 }).expect("an end");
    });
    (report.verdict, report.reason)
}

#[test]
fn progressed_past_a_limit_that_was_hit_while_the_guest_computed() {
    let (verdict, _) = past_a_limit(FailureKind::TimeLimit, During::Computing, 20_000_000);
    assert_eq!(verdict, Verdict::Progressed);
    // As long as the recorded guest took until it was ended.
    let (verdict, _) = past_a_limit(FailureKind::TimeLimit, During::Computing, 60_000_000);
    assert_eq!(verdict, Verdict::Blocked);
}

#[test]
fn not_progressed_past_a_limit_that_the_next_call_may_hit_too() {
    for (kind, during) in [
        (FailureKind::TimeLimit, During::Waiting),
        (FailureKind::TimeLimit, During::Calling),
        (FailureKind::OutputLimit, During::Calling),
        (FailureKind::CallLimit, During::Calling),
    ] {
        let (verdict, reason) = past_a_limit(kind, during, 9);
        assert_eq!(verdict, Verdict::Blocked, "{kind:?} {during:?}");
        assert_eq!(reason, Some("it is unknown whether the recorded failure is gone"));
    }
}

#[test]
fn a_tolerated_input_does_not_forbid_fixed() {
    let t = tolerating(&["config.get.x"], &[]);
    let (_, report) =
        replay(record("kv.get a\n return 500"), "config x\n kv.get a\n return 200", &t, Arc::new(KeepAll));
    assert_eq!(report.verdict, Verdict::Fixed, "{:?}", render(&report));
}

#[test]
fn another_build_is_cut_in_its_tail() {
    let report = other(limited(FailureKind::TimeLimit, During::Waiting), |session| {
        call(session, "kv.get", "a").expect("ok");
        session.respond(&response(200)).expect("ok");
        // `finish_all` waits for what was begun.
        match session.wait() {
            Ok(()) => {}
            Err(stop) => {
                let Stop::Limit(kind, message) = &stop else { panic!() };
                session.tail_failed(*kind, message).expect("ok");
            }
        }
        end(session, response(200));
    });
    assert_eq!(report.verdict, Verdict::Diverged, "{:?}", render(&report));
}

#[test]
fn unknown_call_before_the_answer_of_one_killed_in_its_tail() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&response(200)).expect("ok");
    let Ok(Step::Execute(_t)) = session.begin::<u64>("kv.get", &("a",)) else { panic!() };
    let report = other(journal.bytes(), |session| {
        let stop = call(session, "kv.get", "a").expect_err("no answer");
        end(session, stopped(&stop));
    });
    assert_eq!(report.verdict, Verdict::Blocked, "{:?}", render(&report));
}

#[test]
fn another_build_that_waits_as_before_and_drops_a_call() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    call(&mut session, "kv.get", "b").expect("ok");
    session.limit(FailureKind::TimeLimit, During::Waiting).expect("ok");
    end(&mut session, failed(FailureKind::TimeLimit, "late"));
    let report = other(journal.bytes(), |session| end_as(session, calls_and_waits));
    assert_eq!(report.verdict, Verdict::Diverged, "{:?}", render(&report));
}

#[test]
fn the_time_went_into_answers() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    let Ok(Step::Execute(ticket)) = session.begin::<u64>("fetch.send", &("slow",)) else { panic!() };
    session.finish(ticket, &7u64, 4_990_000_000).expect("ok");
    session.limit(FailureKind::TimeLimit, During::Computing).expect("ok");
    session
        .end(End {
            outcome: failed(FailureKind::TimeLimit, "late"),
            elapsed_ns: 5_000_000_000,
            peak_memory: 0,
        })
        .expect("ok");
    // The same code under another digest: it computes for 20 ms, as before.
    let report = other(journal.bytes(), |session| {
        call(session, "fetch.send", "slow").expect("ok");
        session.end(End { outcome: response(200), elapsed_ns: 20_000_000, peak_memory: 0 }).expect("ok");
    });
    assert_eq!(report.verdict, Verdict::Diverged, "{:?}", render(&report));
}

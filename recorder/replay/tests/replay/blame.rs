//! Which call a report names: the one that differs, and no other.

use std::sync::Arc;

use flux_recorder::{FailureKind, KeepAll, MemoryJournal, Session, Step, Stop, Value};
use flux_replay::{Divergence, Tolerances, Verdict};

use crate::by_hand::{Policy, call, end, failed, other, record_hidden, response, start, stopped};
use crate::check::{render, replay};
use crate::transcript::record;

#[test]
fn a_hidden_constant_leaves_the_plan() {
    let bytes = record_hidden(
        "fetch.send x | plan=premium\n kv.get a -> 1\n kv.get b -> 2\n kv.get c -> 3\n return 200",
    );
    let (_, report) = replay(
        bytes,
        "fetch.send x | plan=premium\n kv.get new\n kv.get a\n kv.get b\n kv.get c\n return 200",
        &Tolerances::default(),
        Arc::new(Policy),
    );
    assert_eq!(render(&report), ["blocked asked 1: kv.get(\"new\")", "blocked, 1 of 4 answered"]);
}

#[test]
fn a_rollback_of_the_end_does_not_hide_what_stopped() {
    // recorded: begin, fails, rollback by the host.
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "db.begin", "main").expect("ok");
    session.close();
    call(&mut session, "db.transaction.rollback", "main#1").expect("ok");
    end(&mut session, failed(FailureKind::Trap, "unreachable"));
    let go = |session: &mut Session| {
        call(session, "db.begin", "main").expect("ok");
        let stop = call(session, "fetch.send", "new").expect_err("inserted");
        session.close();
        call(session, "db.transaction.rollback", "main#1").ok();
        end(session, stopped(&stop));
    };
    let report = other(journal.bytes(), go);
    assert!(
        matches!(report.divergences.as_slice(), [Divergence::Blocked { function, .. }] if function == "fetch.send"),
        "{:?}",
        render(&report)
    );
    assert_eq!(report.verdict, Verdict::Progressed);
}

#[test]
fn a_rollback_that_was_never_recorded_is_not_blamed() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "db.begin", "main").expect("ok");
    call(&mut session, "db.transaction.commit", "main#1").expect("ok");
    end(&mut session, response(200));
    let report = other(journal.bytes(), |session| {
        call(session, "db.begin", "main").expect("ok");
        let stop = call(session, "fetch.send", "new").expect_err("inserted");
        session.close();
        call(session, "db.transaction.rollback", "main#1").ok();
        end(session, stopped(&stop));
    });
    assert!(
        matches!(report.divergences.as_slice(), [Divergence::Blocked { function, .. }] if function == "fetch.send"),
        "{:?}",
        render(&report)
    );
}

#[test]
fn a_changed_call_elsewhere_blames_no_other() {
    let (_, report) = replay(
        record("kv.get x\n kv.set a 1\n return 200"),
        "kv.set a 1\n kv.get new\n return 200",
        &Tolerances::default(),
        Arc::new(KeepAll),
    );
    assert_eq!(report.divergences.len(), 1, "{:?}", render(&report));
}

#[test]
fn a_changed_call_names_only_what_differs() {
    let bytes = record_hidden("fetch.send x 1 | plan=premium\n return 200");
    let (_, report) =
        replay(bytes, "fetch.send x 2 | plan=premium\n return 200", &Tolerances::default(), Arc::new(Policy));
    assert_eq!(render(&report), ["changed 0 asked 0: fetch.send[1]: 1 -> 2", "diverged, 1 of 1 answered"]);
}

#[test]
fn a_hidden_constant_in_twenty_calls() {
    let mut recorded = String::new();
    for i in 0..20 {
        recorded += &format!("fetch.send x{i} | plan=premium\n");
    }
    let now: String = recorded.lines().skip(18).map(|l| format!("{l}\n")).collect();
    let (_, report) = replay(record_hidden(&recorded), &now, &Tolerances::default(), Arc::new(Policy));
    let missing = report.divergences.iter().filter(|d| matches!(d, Divergence::Missing { .. })).count();
    assert_eq!((missing, report.divergences.len()), (18, 18), "{:?}", render(&report));
}

#[test]
fn a_hidden_constant_and_a_swap() {
    let bytes =
        record_hidden("fetch.send a | plan=premium\n kv.set x 1\n fetch.send b | plan=premium\n return 200");
    let (_, report) = replay(
        bytes,
        "kv.set x 1\n fetch.send b | plan=premium\n fetch.send a | plan=premium\n return 200",
        &Tolerances::default(),
        Arc::new(Policy),
    );
    assert_eq!(report.divergences.len(), 1, "{:?}", render(&report));
}

#[test]
fn a_plan_that_ends_before_the_guest() {
    let bytes = record(
        "kv.get a -> 0\n kv.set g 1\n kv.get b -> 1\n queue.send x\n queue.send y\n queue.send z\n return 200",
    );
    let text = |text: &str| Value::String(text.to_owned());
    let report = other(bytes, |session| {
        let ask = |session: &mut Session, function: &'static str, args: Vec<Value>| match session
            .begin::<Value>(function, &Value::Tuple(args))?
        {
            Step::Return(value) => Ok(value),
            _ => unreachable!(),
        };
        let go = |session: &mut Session| {
            ask(session, "kv.set", vec![text("g"), Value::Signed(1)])?;
            ask(session, "kv.get", vec![text("n")])?;
            if ask(session, "kv.get", vec![text("b")])? == Value::Signed(1) {
                for job in ["new", "x", "y", "z"] {
                    ask(session, "queue.send", vec![text(job)])?;
                }
            }
            Ok::<_, Stop>(())
        };
        let outcome = match go(session) {
            Ok(()) => response(200),
            Err(stop) => stopped(&stop),
        };
        end(session, outcome);
    });
    let lines = render(&report);
    assert!(lines.iter().any(|line| line.starts_with("blocked asked 3: queue.send(\"new\")")), "{lines:?}");
}

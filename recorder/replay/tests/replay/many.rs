//! Large recordings: what a report says must not change with their size.

use std::sync::Arc;

use flux_recorder::{During, FailureKind, KeepAll, MemoryJournal, Step};
use flux_replay::Tolerances;

use crate::by_hand::{call, end, failed, other, response, start};
use crate::check::replay;
use crate::transcript::{record, run};

#[test]
fn many_equal_calls_and_two_differences() {
    const N: usize = 1200;
    let poll = |i: usize| format!("kv.set g {i}\n kv.get poll -> {i}\n");
    let recorded: String = (0..N).map(poll).chain(["return 200".to_owned()]).collect();
    let now: String = (0..N)
        .map(|i| match i {
            1 => format!("kv.set g {i}\n"),
            i if i == N - 2 => format!("kv.set g changed\n kv.get poll -> {i}\n"),
            i => poll(i),
        })
        .chain(["return 200".to_owned()])
        .collect();
    let (_, report) = replay(record(&recorded), &now, &Tolerances::default(), Arc::new(KeepAll));
    assert_eq!(report.divergences.len(), 2, "{:?}", &report.divergences[..5]);
}

#[test]
fn many_unrecorded_inputs() {
    let names: Vec<_> =
        (0..100_000).map(|i| format!("config.get:a-rather-long-prefix-of-all-keys-{i:06}")).collect();
    let _report = other(record("return 200"), |session| {
        for name in &names {
            session.input::<Option<String>>(name, || None).expect("ok");
        }
        run(session, "return 200");
    });
}

#[test]
fn large_arguments_all_changed() {
    let size = 100_000;
    for n in [100_u64, 200] {
        let journal = MemoryJournal::default();
        let mut session = start(&journal);
        let body = |key: u64, fill: u8| {
            let mut body = vec![fill; size];
            body[..8].copy_from_slice(&key.to_le_bytes());
            body
        };
        for key in 0..n {
            let Ok(Step::Execute(ticket)) = session.begin::<u64>("kv.set", &(body(key, b'a'),)) else {
                panic!()
            };
            session.finish(ticket, &key, 1).expect("ok");
        }
        end(&mut session, response(200));
        let bytes = journal.bytes();
        let _report = other(bytes, |session| {
            for key in 0..n {
                session.begin::<u64>("kv.set", &(body(key, b'b'),)).expect("ok");
            }
            end(session, response(200));
        });
    }
}

#[test]
fn other_guest_with_a_limit_waits_often() {
    const N: u64 = 100_000;
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    for key in 0..N {
        let Ok(Step::Execute(ticket)) = session.begin::<u64>("kv.get", &(key,)) else { panic!() };
        session.finish(ticket, &key, 1).expect("ok");
    }
    session.limit(FailureKind::TimeLimit, During::Waiting).expect("ok");
    end(&mut session, failed(FailureKind::TimeLimit, "late"));
    other(journal.bytes(), |session| {
        for key in 0..N - 1 {
            session.begin::<u64>("kv.get", &(key,)).expect("ok");
            session.wait().expect("ok");
        }
        end(session, response(200));
    });
}

#[test]
fn many_rollbacks_at_the_end() {
    const N: u64 = 50_000;
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    for _ in 0..N {
        call(&mut session, "db.transaction.rollback", "main#1").expect("ok");
    }
    end(&mut session, failed(FailureKind::Trap, "x"));
    let _report = other(journal.bytes(), |session| {
        end(session, failed(FailureKind::Trap, "x"));
    });
}

#[test]
fn many_equal_calls_shifted_by_one() {
    // Windows: 100,000 equal polls with marks between, one dropped early, one changed late.
    const N: usize = 20_000;
    let bytes = {
        let journal = MemoryJournal::default();
        let mut session = start(&journal);
        for i in 0..N {
            call(&mut session, "kv.set", &i.to_string()).expect("ok");
            call(&mut session, "kv.get", "poll").expect("ok");
        }
        end(&mut session, response(200));
        journal.bytes()
    };
    let report = other(bytes, |session| {
        for i in 0..N {
            let text = if i == N - 2 { "changed".to_owned() } else { i.to_string() };
            call(session, "kv.set", &text).expect("ok");
            if i != 1 {
                call(session, "kv.get", "poll").expect("ok");
            }
        }
        end(session, response(200));
    });
    assert_eq!(report.divergences.len(), 2);
}

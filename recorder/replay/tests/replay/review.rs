//! What a review found, each as it was found.
use std::sync::Arc;
use std::time::Instant;

use flux_recorder::redact::keyed_token;
use flux_recorder::{
    During, End, FailureKind, KeepAll, MemoryJournal, Occurrences, Outcome, Place, Recording, Redact,
    Session, Step, Stop, Token, Value, returned,
};
use flux_replay::{Divergence, Report, Tolerances, Verdict};

use crate::check::{render, replay, replay_by, replay_same, tolerating};
use crate::transcript::{begin, record, run};

fn start(journal: &MemoryJournal) -> Session {
    Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal")
}
fn other(bytes: Vec<u8>, f: impl FnMut(&mut Session)) -> Report {
    let recording = Recording::read(bytes).expect("a journal");
    replay_by(recording, flux_recorder::Digest([0xcd; 32]), &Tolerances::default(), Arc::new(KeepAll), f)
}
fn call(session: &mut Session, function: &'static str, argument: &str) -> Result<u64, Stop> {
    match session.begin::<u64>(function, &(argument,))? {
        Step::Execute(ticket) => session.finish(ticket, &7u64, 1).map(|()| 7),
        Step::Return(value) => Ok(value),
        Step::Unanswered => Err(session.unanswered(function)),
    }
}
fn end(session: &mut Session, outcome: Outcome) {
    session.end(End { outcome, elapsed_ns: 9, peak_memory: 1 }).expect("an end");
}
fn failed(kind: FailureKind, message: &str) -> Outcome {
    Outcome::Failed { kind, message: message.to_owned(), backtrace: Vec::new() }
}
fn response(status: u16) -> Outcome {
    returned(&Value::Record(vec![
        ("status".into(), Value::Unsigned(status.into())),
        ("body".into(), Value::Bytes(b"x".to_vec())),
    ]))
}
fn stopped(stop: &Stop) -> Outcome {
    match stop {
        Stop::Limit(kind, message) => failed(*kind, message),
        stop => failed(FailureKind::Blocked, &stop.to_string()),
    }
}

struct Policy;
impl Redact for Policy {
    fn concerns(&self, _: Place<'_>) -> bool {
        true
    }
    fn redact(&self, _: Place<'_>, value: &mut Value, known: &mut Occurrences) {
        value.visit(&mut |value| match value {
            Value::Tuple(pair) if pair.len() == 2 && pair[0] == Value::String("cookie".into()) => {
                if let Value::String(text) = &pair[1] {
                    let marking = known.marking();
                    let found = marking.whole_of(text.as_bytes());
                    let token = found.map_or_else(|| self.token(text.as_bytes()), |found| found.token);
                    if found.is_none() {
                        known.add(text.as_bytes(), &marking.stand_in(text.as_bytes(), &token));
                    }
                    pair[1] = Value::Redacted(token);
                }
            }
            _ => {}
        });
    }
    fn token(&self, value: &[u8]) -> Token {
        keyed_token(&[9; 32], value)
    }
}

fn record_hidden(script: &str) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut begin = begin();
    let cookie = Value::Tuple(vec![Value::String("cookie".into()), Value::String("premium".into())]);
    begin.trigger.input = flux_recorder::Encode::to_canonical(&cookie);
    let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(Policy)).expect("a journal");
    run(&mut session, script);
    journal.bytes()
}

#[test]
fn hidden_constant_drops_the_plan() {
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
fn without_the_constant() {
    let bytes =
        record_hidden("fetch.send x | plan=zzz\n kv.get a -> 1\n kv.get b -> 2\n kv.get c -> 3\n return 200");
    let (_, report) = replay(
        bytes,
        "fetch.send x | plan=zzz\n kv.get new\n kv.get a\n kv.get b\n kv.get c\n return 200",
        &Tolerances::default(),
        Arc::new(Policy),
    );
    assert_eq!(render(&report), ["blocked asked 1: kv.get(\"new\")", "blocked, 1 of 4 answered"]);
}

#[test]
fn many_equal_calls_two_differences() {
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
fn fixed_but_the_new_tail_fails() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&response(500)).expect("ok");
    end(&mut session, response(500));
    let report = other(journal.bytes(), |session| {
        session.respond(&response(200)).expect("ok");
        session.tail_failed(FailureKind::Trap, "a panic").expect("ok");
        end(session, response(200));
    });
    assert_ne!(report.verdict, Verdict::Fixed, "{:?}", report.divergences);
}

#[test]
fn rollback_of_the_end_hides_what_stopped() {
    // recorded: begin, fails, rollback by the host.
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "db.begin", "main").expect("ok");
    session.settle();
    call(&mut session, "db.transaction.rollback", "main#1").expect("ok");
    end(&mut session, failed(FailureKind::Trap, "unreachable"));
    let go = |session: &mut Session| {
        call(session, "db.begin", "main").expect("ok");
        let stop = call(session, "fetch.send", "new").expect_err("inserted");
        session.settle();
        call(session, "db.transaction.rollback", "main#1").ok();
        end(session, stopped(&stop));
    };
    let report = other(journal.bytes(), go);
    println!("{:?}", render(&report));
    assert!(
        matches!(report.divergences.as_slice(), [Divergence::Blocked { function, .. }] if function == "fetch.send"),
        "{:?}",
        render(&report)
    );
    assert_eq!(report.verdict, Verdict::Progressed);
}

#[test]
fn rollback_that_was_never_recorded_is_blamed() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "db.begin", "main").expect("ok");
    call(&mut session, "db.transaction.commit", "main#1").expect("ok");
    end(&mut session, response(200));
    let report = other(journal.bytes(), |session| {
        call(session, "db.begin", "main").expect("ok");
        let stop = call(session, "fetch.send", "new").expect_err("inserted");
        session.settle();
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

fn limited(kind: FailureKind, during: During) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    session.limit(kind, during).expect("ok");
    end(&mut session, failed(kind, "it ran longer than 50 ms"));
    journal.bytes()
}

#[test]
fn another_build_that_waits_less() {
    let report = other(limited(FailureKind::TimeLimit, During::Waiting), |session| {
        let go = |session: &mut Session| {
            call(session, "kv.get", "a")?;
            // Waits for a millisecond where the recorded one waited for a minute; then it succeeds.
            session.wait()?;
            Ok(response(200))
        };
        let outcome = go(session).unwrap_or_else(|stop: Stop| stopped(&stop));
        end(session, outcome);
    });
    assert_ne!(report.verdict, Verdict::Identical, "{:?}", render(&report));
}

#[test]
fn no_call_at_all() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.limit(FailureKind::TimeLimit, During::Waiting).expect("ok");
    end(&mut session, failed(FailureKind::TimeLimit, "late"));
    let report = other(journal.bytes(), |session| {
        let outcome = match session.wait() {
            Ok(()) => response(200),
            Err(stop) => stopped(&stop),
        };
        end(session, outcome);
    });
    assert_ne!(report.verdict, Verdict::Identical, "{:?}", render(&report));
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
fn killed_in_its_tail_is_identical() {
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
    assert_ne!(report.verdict, Verdict::Identical, "{:?}", render(&report));
}

#[test]
fn many_unrecorded_inputs() {
    let names: Vec<_> =
        (0..100_000).map(|i| format!("config.get:a-rather-long-prefix-of-all-keys-{i:06}")).collect();
    let at = Instant::now();
    let report = other(record("return 200"), |session| {
        for name in &names {
            session.input::<Option<String>>(name, || None).expect("ok");
        }
        run(session, "return 200");
    });
    println!("{:?} {} divergences", at.elapsed(), report.divergences.len());
    assert!(at.elapsed().as_secs() < 10, "{:?}", at.elapsed());
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
        let at = Instant::now();
        let report = other(bytes, |session| {
            for key in 0..n {
                session.begin::<u64>("kv.set", &(body(key, b'b'),)).expect("ok");
            }
            end(session, response(200));
        });
        println!("{n} x {size}: {:?}, {:?}", at.elapsed(), report.verdict);
    }
}

#[test]
fn progressed_past_a_limit() {
    for (kind, during) in [
        (FailureKind::TimeLimit, During::Computing),
        (FailureKind::TimeLimit, During::Waiting),
        (FailureKind::OutputLimit, During::Calling),
    ] {
        let report = other(limited(kind, during), |session| {
            let go = |session: &mut Session| {
                call(session, "kv.get", "a")?;
                call(session, "kv.get", "b")?;
                Ok(response(500))
            };
            let outcome = go(session).unwrap_or_else(|stop: Stop| stopped(&stop));
            end(session, outcome);
        });
        println!("{kind:?} {during:?} {:?}", render(&report));
        assert_ne!(report.verdict, Verdict::Progressed);
    }
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
    let at = Instant::now();
    other(journal.bytes(), |session| {
        for key in 0..N - 1 {
            session.begin::<u64>("kv.get", &(key,)).expect("ok");
            session.wait().expect("ok");
        }
        end(session, response(200));
    });
    println!("{:?}", at.elapsed());
    assert!(at.elapsed().as_secs() < 10, "{:?}", at.elapsed());
}

#[test]
fn unordered_and_tolerated_input() {
    let t = tolerating(&["config.get.x"], &[]);
    let (_, report) =
        replay(record("kv.get a\n return 500"), "config x\n kv.get a\n return 200", &t, Arc::new(KeepAll));
    println!("{:?}", render(&report));
}

#[test]
fn all_rollbacks() {
    const N: u64 = 50_000;
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    for _ in 0..N {
        call(&mut session, "db.transaction.rollback", "main#1").expect("ok");
    }
    end(&mut session, failed(FailureKind::Trap, "x"));
    let at = Instant::now();
    let report = other(journal.bytes(), |session| {
        end(session, failed(FailureKind::Trap, "x"));
    });
    println!("{:?} {}", at.elapsed(), report.divergences.len());
    assert!(at.elapsed().as_secs() < 10, "{:?}", at.elapsed());
}

#[test]
fn a_changed_call_names_only_what_differs() {
    let bytes = record_hidden("fetch.send x 1 | plan=premium\n return 200");
    let (_, report) =
        replay(bytes, "fetch.send x 2 | plan=premium\n return 200", &Tolerances::default(), Arc::new(Policy));
    assert_eq!(render(&report), ["changed 0 asked 0: fetch.send[1]: 1 -> 2", "diverged, 1 of 1 answered"]);
}

#[test]
fn a_second_hidden_constant_behind_seventeen() {
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

/// `progressed` past a time limit, where the tail is stopped: the answer 200 came first.
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
    println!("t18 {:?}", render(&report));
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
    println!("t19 {:?}", render(&report));
    assert_eq!(report.verdict, Verdict::Blocked, "{:?}", render(&report));
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

#[test]
fn another_build_that_waits_as_before_and_drops_a_call() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    call(&mut session, "kv.get", "b").expect("ok");
    session.limit(FailureKind::TimeLimit, During::Waiting).expect("ok");
    end(&mut session, failed(FailureKind::TimeLimit, "late"));
    let report = other(journal.bytes(), |session| {
        let go = |session: &mut Session| {
            call(session, "kv.get", "a")?;
            session.wait()?;
            Ok(response(200))
        };
        let outcome = go(session).unwrap_or_else(|stop: Stop| stopped(&stop));
        end(session, outcome);
    });
    assert_ne!(report.verdict, Verdict::Fixed, "{:?}", render(&report));
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
    assert_ne!(report.verdict, Verdict::Fixed, "{:?}", render(&report));
}

#[test]
fn five_hundred_equal_and_shifted() {
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
    let at = Instant::now();
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
    println!("t23 {:?}", at.elapsed());
    assert_eq!(report.divergences.len(), 2);
}

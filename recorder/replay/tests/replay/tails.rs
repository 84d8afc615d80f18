//! What a guest does after its answer, and where a limit ended it: as recorded, and as replayed.

use std::sync::Arc;

use flux_recorder::{
    During, End, Event, FailureKind, FormatError, KeepAll, LimitAt, MemoryJournal, Outcome, Recording,
    Session, Step, Stop, TailFailure, returned, write_journal,
};
use flux_replay::{Report, Verdict};

use crate::by_hand::other;
use crate::check::replay_same;
use crate::transcript::begin;

const LATE: &str = "it ran longer than 50 ms";

fn start(journal: &MemoryJournal) -> Session {
    Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal")
}

fn call(session: &mut Session, argument: &str) -> Result<u64, Stop> {
    match session.begin::<u64>("kv.bucket.increment", &(argument,))? {
        Step::Execute(ticket) => session.finish(ticket, &7u64, 1).map(|()| 7),
        Step::Return(value) => Ok(value),
        Step::Unanswered => Err(session.unanswered("kv.bucket.increment")),
    }
}

fn end(outcome: Outcome) -> End {
    End { outcome, elapsed_ns: 9, peak_memory: 1 }
}

fn failed(kind: FailureKind, message: &str) -> Outcome {
    Outcome::Failed { kind, message: message.to_owned(), backtrace: Vec::new() }
}

/// Answers 200, makes a call, and fails then.
fn fail_after_the_answer(session: &mut Session, message: &str) {
    let answer = returned(&200u16);
    session.respond(&answer).expect("a journal");
    call(session, "tail").expect("an answer");
    session.tail_failed(FailureKind::Trap, message).expect("a journal");
}

fn replay(bytes: Vec<u8>, mut run: impl FnMut(&mut Session) -> Outcome) -> Report {
    replay_same(bytes, |session| {
        let outcome = run(session);
        session.end(end(outcome)).expect("an end");
    })
}

#[test]
fn an_answer_holds_whatever_its_tail_does() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    fail_after_the_answer(&mut session, "a panic");
    session.end(end(failed(FailureKind::Trap, "a panic"))).expect("a journal");
    let recording = Recording::read(journal.bytes()).expect("a journal");
    assert_eq!(recording.end, end(returned(&200u16)));
    assert_eq!((recording.answered, recording.interrupted_tail), (Some(0), false));
    let tail = TailFailure { kind: FailureKind::Trap, message: "a panic".to_owned() };
    assert_eq!(recording.tail, Some(tail));
    let again = |message: &'static str| {
        replay(journal.bytes(), move |session| {
            fail_after_the_answer(session, message);
            failed(FailureKind::Trap, message)
        })
    };
    assert_eq!(again("a panic").verdict, Verdict::Identical);
    assert_ne!(again("another panic").verdict, Verdict::Identical);
}

/// A recording that answered, and failed after that.
fn failed_in_its_tail() -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    fail_after_the_answer(&mut session, "a panic");
    session.end(end(failed(FailureKind::Trap, "a panic"))).expect("a journal");
    journal.bytes()
}

/// Another build that answers with this status, makes the recorded call, and perhaps one more.
fn mended(status: u16, more: Option<&str>) -> Report {
    other(failed_in_its_tail(), |session| {
        let answer = returned(&status);
        session.respond(&answer).expect("an answer");
        call(session, "tail").expect("it was recorded");
        if let Some(stop) = more.and_then(|argument| call(session, argument).err()) {
            session.tail_failed(FailureKind::Blocked, &stop.to_string()).expect("a tail");
        }
        session.end(end(answer)).expect("an end");
    })
}

#[test]
fn a_failure_after_the_response_is_mended_by_code_that_responds_as_before() {
    assert_eq!(mended(200, None).verdict, Verdict::Fixed);
    assert_eq!(mended(200, Some("more")).verdict, Verdict::Progressed);
    assert_eq!(mended(201, None).verdict, Verdict::Diverged);
    let other_response = mended(201, Some("more"));
    assert_eq!(other_response.verdict, Verdict::Blocked);
    assert_eq!(other_response.divergences.len(), 2, "{:?}", other_response.divergences);
}

#[test]
fn a_call_before_the_response_is_not_beyond_a_failure_after_it() {
    let report = other(failed_in_its_tail(), |session| {
        call(session, "tail").expect("it was recorded");
        let stop = call(session, "more").expect_err("it was not");
        session.end(end(failed(FailureKind::Blocked, &stop.to_string()))).expect("an end");
    });
    assert_eq!(report.verdict, Verdict::Blocked);
}

#[test]
fn what_fails_after_its_response_now_has_regressed() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&returned(&200u16)).expect("a journal");
    session.end(end(returned(&200u16))).expect("a journal");
    let report = other(journal.bytes(), |session| {
        session.respond(&returned(&200u16)).expect("an answer");
        session.tail_failed(FailureKind::Trap, "a panic").expect("a tail");
        session.end(end(returned(&200u16))).expect("an end");
    });
    assert_eq!(report.verdict, Verdict::Regressed);
}

#[test]
fn the_answer_is_in_the_journal_when_it_goes_out() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.respond(&returned(&200u16)).expect("a journal");
    let recording = Recording::read(journal.bytes()).expect("a journal without an end");
    assert_eq!(recording.end.outcome, returned(&200u16));
    assert!(recording.interrupted_tail);
    assert_eq!(recording.tail.map(|tail| tail.kind), Some(FailureKind::Interrupted));
}

#[test]
fn an_answer_is_one_and_the_end_does_not_say_another() {
    let begin = || Event::Begin(Box::new(begin()));
    let (answer, nothing) = (Event::Answer { value: &[0] }, || end(Outcome::Returned(Vec::new())));
    let read = |events: Vec<Event<'_>>| Recording::read(write_journal(events)).map(|it| it.end.outcome);
    let order = |index, what| Err(FormatError::Order { index, what });
    assert_eq!(read(vec![begin(), answer.clone(), answer.clone()]), order(2, "an execution has one answer"));
    assert_eq!(
        read(vec![begin(), answer.clone(), Event::End(end(returned(&7u16)))]),
        order(2, "what was answered ends as it was answered")
    );
    assert_eq!(read(vec![begin(), answer, Event::End(nothing())]), Ok(Outcome::Returned(vec![0])));
}

/// One call, then a limit while the guest did this.
fn limited(during: During) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "a").expect("an answer");
    session.limit(FailureKind::TimeLimit, during).expect("a journal");
    session.end(end(failed(FailureKind::TimeLimit, LATE))).expect("a journal");
    journal.bytes()
}

/// What the guest does where the limit may be.
type Go = fn(&mut Session) -> Result<(), Stop>;

/// Makes its call, and then goes on as `on` says until it is stopped.
fn until_stopped(session: &mut Session, on: Go) -> Outcome {
    assert_eq!(on(session), Ok(()), "the limit was hit after the call");
    call(session, "a").expect("an answer");
    match on(session).and_then(|()| call(session, "b")) {
        Err(Stop::Limit(kind, message)) => failed(kind, &message),
        other => panic!("it went on: {other:?}"),
    }
}

#[test]
fn a_replay_ends_where_a_limit_ended_the_recording() {
    let cases: [(During, Go); 3] = [
        (During::Computing, Session::tick),
        (During::Waiting, Session::wait),
        // It only comes to its next call.
        (During::Computing, |_| Ok(())),
    ];
    for (during, on) in cases {
        let bytes = limited(during);
        let limit = Recording::read(bytes.clone()).expect("a journal").limit;
        assert_eq!(limit, Some(LimitAt { kind: FailureKind::TimeLimit, during, crossings: 1 }));
        let report = replay(bytes, |session| until_stopped(session, on));
        assert_eq!(report.verdict, Verdict::Identical, "{during:?}: {report:?}");
    }
}

#[test]
fn a_call_that_was_under_way_at_the_limit_has_no_answer_in_the_replay() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    let Ok(Step::Execute(ticket)) = session.begin::<u64>("fetch.send", &("slow",)) else { panic!("it acts") };
    session.limit(FailureKind::TimeLimit, During::Calling).expect("a journal");
    session.abandon(ticket).expect("a journal");
    session.end(end(failed(FailureKind::TimeLimit, LATE))).expect("a journal");
    let report = replay(journal.bytes(), |session| {
        assert_eq!(session.begin::<u64>("fetch.send", &("slow",)), Ok(Step::Unanswered));
        let Stop::Limit(kind, message) = session.unanswered("fetch.send") else { panic!("no limit") };
        failed(kind, &message)
    });
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
}

#[test]
fn a_guest_cannot_fill_a_journal() {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    session.limit_journal(4_000);
    let stop = loop {
        if let Err(stop) = session.clock("wasi.monotonic", || 1) {
            break stop;
        }
    };
    assert_eq!(
        stop,
        Stop::Limit(FailureKind::OutputLimit, "its journal is longer than 4000 bytes".to_owned())
    );
    assert_eq!(call(&mut session, "a"), Err(stop));
    session.settle();
    call(&mut session, "rollback").expect("what the guest left open is given back");
    session.end(end(failed(FailureKind::OutputLimit, "full"))).expect("an end");
    assert!(journal.bytes().len() < 4_600);
    let readings = Recording::read(journal.bytes()).expect("a journal").ambient_len("wasi.monotonic");
    let report = replay(journal.bytes(), |session| {
        for _ in 0..readings {
            session.clock("wasi.monotonic", || 0).expect("a reading");
        }
        let stopped = session.clock("wasi.monotonic", || 0).expect_err("the limit");
        session.settle();
        call(session, "rollback").expect("an answer");
        assert!(matches!(stopped, Stop::Limit(FailureKind::OutputLimit, _)));
        failed(FailureKind::OutputLimit, "full")
    });
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
}

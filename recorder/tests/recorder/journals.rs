//! What a session appends, when, and what happens when that fails.

use std::sync::{Arc, Mutex};

use flux_recorder::{
    AppendError, End, Event, FormatError, Journal, KeepAll, MemoryJournal, Recording, Session, Step, Stop,
    Value, format, returned, write_journal,
};

use crate::transcript::{begin, log, record};

fn start(journal: impl Journal + 'static) -> Session {
    Session::record(begin(), Box::new(journal), Arc::new(KeepAll)).expect("the journal takes its beginning")
}

fn end() -> End {
    End { outcome: returned(&200u16), elapsed_ns: 1, peak_memory: 2 }
}

fn call(session: &mut Session) -> Result<Step<u64>, Stop> {
    session.begin::<u64>("kv.get", &("a",))
}

/// Takes `left` appends, then fails for ever, and counts what it was asked to take.
#[derive(Clone)]
struct Full(Arc<Mutex<(usize, usize)>>);

impl Journal for Full {
    fn append(&mut self, _: &[u8]) -> Result<(), AppendError> {
        let mut state = self.0.lock().expect("no panic");
        state.1 += 1;
        match state.0.checked_sub(1) {
            Some(left) => state.0 = left,
            None => return Err(AppendError("disk full".to_owned())),
        }
        Ok(())
    }
}

#[test]
fn a_call_is_in_the_journal_before_the_host_may_act() {
    let journal = MemoryJournal::default();
    let mut session = start(journal.clone());
    let step = call(&mut session);
    let recording = Recording::read(journal.bytes()).expect("a journal without an end");
    assert_eq!(recording.effects.len(), 1);
    assert_eq!(recording.result(0), None);
    assert!(matches!(step, Ok(Step::Execute(_))));
}

#[test]
fn results_keep_the_order_in_which_they_arrived() {
    let journal = MemoryJournal::default();
    let mut session = start(journal.clone());
    let tickets: Vec<_> = (0..3).map(|_| call(&mut session)).collect();
    for (index, step) in tickets.into_iter().enumerate().rev() {
        let Ok(Step::Execute(ticket)) = step else { panic!("a recording answers nothing") };
        session.finish(ticket, &(index as u64), 10).expect("a journal");
    }
    session.end(end()).expect("a journal");
    let recording = Recording::read(journal.bytes()).expect("a journal");
    assert_eq!(recording.returns, [2, 1, 0]);
    assert_eq!(recording.result(1).map(Value::read), Some(Ok(Value::Unsigned(1))));
}

#[test]
fn an_append_that_fails_stops_the_session_for_good() {
    let state = Arc::new(Mutex::new((1, 0)));
    let mut session = start(Full(state.clone()));
    let stop = Stop::Journal(AppendError("disk full".to_owned()));
    assert_eq!(call(&mut session), Err(stop.clone()));
    // What the journal would take now could stand behind half a frame, so it is not asked again.
    state.lock().expect("no panic").0 = 100;
    assert_eq!(call(&mut session), Err(stop.clone()));
    assert_eq!(session.clock("clock.now", || 1), Err(stop.clone()));
    assert_eq!(session.input("config.get:a", || 1u64), Err(stop.clone()));
    assert_eq!(session.secret("a", || None), Err(stop.clone()));
    assert_eq!(session.output(log("a")), Err(stop.clone()));
    assert_eq!(session.mark("a", "b"), Err(stop.clone()));
    assert_eq!(session.end(end()).map(|_| ()), Err(stop.clone()));
    assert_eq!(session.stopped(), Some(&stop));
    assert_eq!(state.lock().expect("no panic").1, 2);
}

#[test]
fn a_journal_that_takes_no_beginning_starts_no_session() {
    let full = Full(Arc::new(Mutex::new((0, 0))));
    assert!(Session::record(begin(), Box::new(full), Arc::new(KeepAll)).is_err());
}

#[test]
fn an_effect_that_returns_after_the_end_is_not_written() {
    let journal = MemoryJournal::default();
    let mut session = start(journal.clone());
    let Ok(Step::Execute(ticket)) = call(&mut session) else { panic!("a recording answers nothing") };
    session.end(end()).expect("a journal");
    let bytes = journal.bytes();
    assert!(session.finish(ticket, &1u64, 1).is_err());
    assert!(call(&mut session).is_err());
    assert_eq!(journal.bytes(), bytes);
    assert!(Recording::read(bytes).is_ok());
}

#[test]
fn a_live_session_records_and_answers_nothing() {
    let mut session = Session::live([0; 32]);
    let Ok(Step::Execute(ticket)) = call(&mut session) else { panic!("a live session answers nothing") };
    assert_eq!(session.finish(ticket, &1u64, 1), Ok(()));
    assert_eq!(session.clock("clock.now", || 5), Ok(5));
    assert_eq!(session.secret("token", || Some("x".into())), Ok(Some("x".into())));
    assert_eq!(session.end(end()), Ok(()));
}

#[track_caller]
fn refused(events: Vec<Event<'_>>, index: usize, what: &'static str) {
    let read = Recording::read(write_journal(events)).map(|_| ());
    assert_eq!(read, Err(FormatError::Order { index, what }));
}

#[test]
fn events_in_another_order_are_refused() {
    let start = || Event::Begin(Box::new(begin()));
    let call = |seq| Event::Call { seq, function: "kv.get", args: &[0] };
    let back = |seq| Event::Return { seq, elapsed_ns: 0, result: &[0] };
    let once = "a journal begins with 'begin', and has one";
    refused(vec![], 0, "a journal begins with 'begin'");
    refused(vec![call(0)], 0, once);
    refused(vec![start(), start()], 1, once);
    refused(vec![start(), call(1)], 1, "calls are numbered from 0 without gaps");
    refused(vec![start(), back(0)], 1, "a return belongs to one call before it");
    refused(vec![start(), call(0), back(0), back(0)], 3, "a return belongs to one call before it");
    refused(vec![start(), Event::End(end()), call(0)], 2, "nothing follows 'end'");
}

#[test]
fn a_newer_minor_version_is_read_and_its_new_events_are_passed_over() {
    let mut bytes = record("kv.get a");
    let all = Recording::read(bytes.clone()).expect("a journal");
    let mut newer = Vec::new();
    format::write_frame(&mut newer, |out| out.extend_from_slice(&[200, 1, 2, 3]));
    bytes.extend_from_slice(&newer);
    assert!(matches!(Recording::read(bytes.clone()), Err(FormatError::Event { .. })));
    bytes[5] = format::MINOR + 1;
    let read = Recording::read(bytes.clone()).expect("a newer journal");
    assert_eq!((read.effects.len(), &read.end), (all.effects.len(), &all.end));
    assert_eq!(format::whole_frames(&bytes), Ok(&bytes[..]));
}

#[test]
fn another_major_version_is_named() {
    let mut bytes = record("return 200");
    bytes[4] = 2;
    assert_eq!(
        Recording::read(bytes).map(|_| ()),
        Err(FormatError::Newer { major: 2, minor: format::MINOR })
    );
    assert_eq!(Recording::read(b"fluj".to_vec()).map(|_| ()), Err(FormatError::NotAJournal));
}

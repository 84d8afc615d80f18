//! Recordings made call by call, where a transcript has no words for what happens.

use std::sync::Arc;

use flux_recorder::{
    Crossing, During, End, FailureKind, KeepAll, MemoryJournal, Occurrences, Outcome, Recording, Redact,
    RedactionToken, Session, Step, Stop, Value, keyed_token, returned,
};
use flux_replay::{Report, Tolerances};

use crate::check::replay_by;
use crate::transcript::{begin, run};

pub fn start(journal: &MemoryJournal) -> Session {
    Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal")
}
pub fn other(bytes: Vec<u8>, f: impl FnMut(&mut Session)) -> Report {
    let recording = Recording::read(bytes).expect("a journal");
    replay_by(recording, flux_recorder::Digest([0xcd; 32]), &Tolerances::default(), Arc::new(KeepAll), f)
}
pub fn call(session: &mut Session, function: &'static str, argument: &str) -> Result<u64, Stop> {
    match session.begin::<u64>(function, &(argument,))? {
        Step::Execute(ticket) => session.finish(ticket, &7u64, 1).map(|()| 7),
        Step::Return(value) => Ok(value),
        Step::Unanswered => Err(session.unanswered(function)),
    }
}
pub fn end(session: &mut Session, outcome: Outcome) {
    session.end(End { outcome, elapsed_ns: 9, peak_memory: 1 }).expect("an end");
}
pub fn failed(kind: FailureKind, message: &str) -> Outcome {
    Outcome::Failed { kind, message: message.to_owned(), backtrace: Vec::new() }
}
pub fn response(status: u16) -> Outcome {
    returned(&Value::Record(vec![
        ("status".into(), Value::Unsigned(status.into())),
        ("body".into(), Value::Bytes(b"x".to_vec())),
    ]))
}
pub fn stopped(stop: &Stop) -> Outcome {
    match stop {
        Stop::Limit(kind, message) => failed(*kind, message),
        stop => failed(FailureKind::Blocked, &stop.to_string()),
    }
}

pub struct Policy;
impl Redact for Policy {
    fn concerns(&self, _: Crossing<'_>) -> bool {
        true
    }
    fn redact(&self, _: Crossing<'_>, value: &mut Value, known: &mut Occurrences) {
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
    fn token(&self, value: &[u8]) -> RedactionToken {
        keyed_token(&[9; 32], value)
    }
}

pub fn record_hidden(script: &str) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut begin = begin();
    let cookie = Value::Tuple(vec![Value::String("cookie".into()), Value::String("premium".into())]);
    begin.trigger.input = flux_recorder::Encode::to_canonical(&cookie);
    let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(Policy)).expect("a journal");
    run(&mut session, script);
    journal.bytes()
}

/// Ends as this does: with its response, or with what stopped it.
pub fn end_as(session: &mut Session, guest: impl FnOnce(&mut Session) -> Result<Outcome, Stop>) {
    let outcome = guest(session).unwrap_or_else(|stop| stopped(&stop));
    end(session, outcome);
}

/// A recording that a limit ended, after one call.
pub fn limited(kind: FailureKind, during: During) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session = start(&journal);
    call(&mut session, "kv.get", "a").expect("ok");
    session.limit(kind, during).expect("ok");
    let outcome = failed(kind, "it ran longer than 50 ms");
    session.end(End { outcome, elapsed_ns: 50_000_000, peak_memory: 1 }).expect("an end");
    journal.bytes()
}

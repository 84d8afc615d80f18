//! The redaction hook: what it replaces is not in the bytes, and equal values still match.

use std::sync::Arc;

use flux_recorder::keyed_token;
use flux_recorder::redact::Crossing;
use flux_recorder::{KeepAll, MemoryJournal, Occurrences, Recording, Redact, RedactionToken, Session, Value};
use flux_replay::{Tolerances, Verdict};

use crate::check::{render, replay};
use crate::transcript::{begin, record_with, run};

/// Redacts the headers that are called `cookie`, everywhere, and all of what `kv.set` is given last.
struct Policy;

impl Redact for Policy {
    fn concerns(&self, _: Crossing<'_>) -> bool {
        true
    }

    fn redact(&self, place: Crossing<'_>, value: &mut Value, known: &mut Occurrences) {
        if let (Crossing::Arguments("kv.set"), Value::Tuple(args)) = (place, &mut *value)
            && let Some(last @ Value::String(_)) = args.last_mut()
        {
            self.replace(last, known);
        }
        value.visit(&mut |value| match value {
            Value::Tuple(pair) if pair.len() == 2 && pair[0] == Value::String("cookie".into()) => {
                self.replace(&mut pair[1], known);
            }
            _ => {}
        });
    }

    fn token(&self, value: &[u8]) -> RedactionToken {
        keyed_token(&[9; 32], value)
    }
}

impl Policy {
    fn replace(&self, value: &mut Value, known: &mut Occurrences) {
        if let Value::String(text) = value {
            let marking = known.marking();
            let found = marking.whole_of(text.as_bytes());
            let token = found.map_or_else(|| self.token(text.as_bytes()), |found| found.token);
            if found.is_none() {
                known.add(text.as_bytes(), &marking.stand_in(text.as_bytes(), &token));
            }
            *value = Value::Redacted(token);
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_is_redacted_is_not_written_and_equal_values_match() {
    let script = "kv.set card 4111-1111
                  return 200 cookie:session-77 age:1";
    let bytes = record_with(script, Arc::new(Policy));
    assert!(!contains(&bytes, "4111") && !contains(&bytes, "session-77"));
    let (_, report) = replay(bytes, script, &Tolerances::default(), Arc::new(Policy));
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
}

#[test]
fn another_value_is_changed_and_neither_is_shown() {
    let bytes = record_with("kv.set card 4111-1111", Arc::new(Policy));
    let (_, report) = replay(bytes, "kv.set card 4222-2222", &Tolerances::default(), Arc::new(Policy));
    let lines = render(&report);
    assert!(lines[0].starts_with("changed 0 asked 0: kv.set[1]: redacted:"), "{lines:?}");
    assert!(!lines[0].contains("4222"));
}

#[test]
fn a_trigger_is_redacted_and_a_guest_reads_the_token_as_text() {
    let mut begin = begin();
    let cookie = Value::Tuple(vec![Value::String("cookie".into()), Value::String("session-77".into())]);
    begin.trigger.input = flux_recorder::Encode::to_canonical(&cookie);
    let journal = MemoryJournal::default();
    let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(Policy)).expect("a journal");
    run(&mut session, "return 200");
    let recording = Recording::read(journal.bytes()).expect("a journal");
    assert!(!contains(recording.bytes(), "session-77"));
    let (_, text) = recording.hand::<(String, String)>(&recording.begin.trigger.input).expect("a pair");
    assert!(text.starts_with("redacted-"), "{text}");
}

#[test]
fn what_cannot_be_taken_apart_is_hidden_whole() {
    let mut begin = begin();
    begin.trigger.input = b"\xffcookie session-77".to_vec();
    let journal = MemoryJournal::default();
    Session::record(begin, Box::new(journal.clone()), Arc::new(Policy)).expect("a journal");
    assert!(!contains(&journal.bytes(), "session-77"));
}

#[test]
fn tokens_depend_on_the_key() {
    assert_eq!(keyed_token(&[1; 32], b"x"), keyed_token(&[1; 32], b"x"));
    assert_ne!(keyed_token(&[1; 32], b"x"), keyed_token(&[2; 32], b"x"));
    assert_ne!(KeepAll.token(b"x"), KeepAll.token(b"y"));
}

const COPIER: &str = "kv.set card 4111-1111
    log card 4111-1111 was taken
    fetch.send pay | {\"card\":\"4111-1111\"}
    return 200 x-card:4111-1111 | card=4111-1111";

#[test]
fn what_was_redacted_once_is_nowhere_in_the_rest() {
    let bytes = record_with(COPIER, Arc::new(Policy));
    assert!(!contains(&bytes, "4111"));
    let (_, report) = replay(bytes.clone(), COPIER, &Tolerances::default(), Arc::new(Policy));
    assert_eq!((report.verdict, report.output), (Verdict::Identical, None));
    let other = COPIER.replace("{\"card\":\"4111", "{\"card\":\"4222");
    let (_, report) = replay(bytes, &other, &Tolerances::default(), Arc::new(Policy));
    assert_eq!(report.verdict, Verdict::Diverged, "{report:?}");
}

#[test]
fn nor_in_a_failure() {
    let bytes = record_with("kv.set card 4111-1111\n fail trap panicked at 4111-1111", Arc::new(Policy));
    assert!(!contains(&bytes, "4111"));
}

#[test]
fn a_constant_that_also_came_from_elsewhere_is_the_same_in_a_replay() {
    let journal = MemoryJournal::default();
    let mut begin = begin();
    let cookie = Value::Tuple(vec![Value::String("cookie".into()), Value::String("premium".into())]);
    begin.trigger.input = flux_recorder::Encode::to_canonical(&cookie);
    let script = "log a premium customer\n fetch.send premium | plan=premium\n return 200 | premium";
    let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(Policy)).expect("a journal");
    run(&mut session, script);
    assert!(!contains(&journal.bytes(), "premium"));
    let (_, report) = replay(journal.bytes(), script, &Tolerances::default(), Arc::new(Policy));
    assert_eq!((report.verdict, report.output), (Verdict::Identical, None));
    let script = script.replace("plan=premium", "plan=plain");
    let (_, report) = replay(journal.bytes(), &script, &Tolerances::default(), Arc::new(Policy));
    assert_eq!(report.verdict, Verdict::Diverged);
}

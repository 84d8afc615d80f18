//! The value of a secret is never in a journal, wherever the guest passes it on.

use std::sync::Arc;

use flux_recorder::{End, KeepAll, MemoryJournal, Recording, Session, Step, returned};
use flux_replay::Verdict;

use crate::check::{check, replay_same, session_of};
use crate::transcript::{begin, record, run};

const SCRIPT: &str = "secret token -> hunter2
    kv.set key Bearer-hunter2!
    fetch.send pay | {\"token\":\"hunter2\"}
    kv.get echo -> hunter2-again
    config dsn -> postgres://u:hunter2@db
    log using hunter2
    return 200 x-token:hunter2 | hunter2";

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn its_value_is_not_in_the_bytes() {
    let bytes = record(SCRIPT);
    assert!(!contains(&bytes, "hunter2"));
    assert!(contains(&bytes, "Bearer-{{secret token}}!"));
    assert!(contains(&bytes, "{\"token\":\"{{secret token}}\"}"));
    assert!(contains(&bytes, "postgres://u:{{secret token}}@db"));
    assert!(contains(&bytes, "using {{secret token}}"));
}

#[test]
fn nor_in_a_failure_or_a_mark() {
    let journal = MemoryJournal::default();
    let mut session =
        Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
    session.secret("token", || Some("hunter2".into())).expect("a secret");
    session.mark("policy", "denied hunter2").expect("a mark");
    run(&mut session, "fail trap panicked at hunter2");
    assert!(!contains(&journal.bytes(), "hunter2"));
    let recording = Recording::read(journal.bytes()).expect("a journal");
    assert_eq!(recording.marks, [("policy".to_owned(), "denied {{secret token}}".to_owned())]);
}

/// A guest that passes its secret on, in a call's text and in its result.
fn pass_on(session: &mut Session) {
    let token = session.secret("token", || Some("hunter2".to_owned())).expect("a secret").expect("a value");
    let args = ("key", format!("Bearer-{token}!"), token.as_bytes().to_vec());
    if let Step::Execute(ticket) = session.begin::<String>("kv.set", &args).expect("an answer") {
        session.finish(ticket, &token, 700).expect("a journal");
    }
    session.end(End { outcome: returned(&token), elapsed_ns: 1, peak_memory: 0 }).expect("an end");
}

#[test]
fn a_replay_is_given_the_reference_and_matches() {
    let journal = MemoryJournal::default();
    pass_on(&mut Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal"));
    assert!(!contains(&journal.bytes(), "hunter2"));
    let report = replay_same(journal.bytes(), pass_on);
    assert_eq!(report.outcome, returned(&"{{secret token}}"));
    assert_eq!(report.verdict, Verdict::Identical);
}

#[test]
fn one_that_begins_another_leaves_nothing_of_it() {
    let bytes = record(
        "secret short -> abc
         secret long -> abcdef
         kv.set key abcdef abc",
    );
    assert!(!contains(&bytes, "def"));
    let recording = Recording::read(bytes).expect("a journal");
    let args = flux_recorder::Value::read(recording.args(0)).expect("a value");
    assert_eq!(args.to_string(), r#"("key", "{{secret long}}", "{{secret short}}")"#);
}

#[test]
fn one_value_under_two_names_has_one_reference() {
    check(
        "secret b -> same
         secret a -> same",
        "secret a
         secret b",
        "secret a = {{secret b}}
         secret b = {{secret b}}
         identical, 0 of 0 answered",
    );
}

#[test]
fn an_absent_or_empty_one_stays_so() {
    let journal = MemoryJournal::default();
    let mut session =
        Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
    assert_eq!(session.secret("absent", || None), Ok(None));
    assert_eq!(session.secret("empty", || Some(String::new())), Ok(Some(String::new())));
    run(&mut session, "kv.set key value");
    let mut session = session_of(journal.bytes());
    assert_eq!(session.secret("absent", || Some("live".into())), Ok(None));
    assert_eq!(session.secret("empty", || Some("live".into())), Ok(Some(String::new())));
}

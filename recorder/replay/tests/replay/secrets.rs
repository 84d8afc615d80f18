//! The value of a secret is never in a journal, wherever the guest passes it on.

use std::sync::Arc;

use flux_recorder::{End, KeepAll, Marking, MemoryJournal, Recording, Redact, Session, Step, returned};
use flux_replay::{Tolerances, Verdict};

use crate::check::{replay, replay_same, session_of};
use crate::transcript::{begin, record, run};

const SCRIPT: &str = "secret token -> hunter2
    kv.set key Bearer-hunter2!
    fetch.send pay | {\"token\":\"hunter2\"}
    kv.get echo -> hunter2-again
    config dsn -> postgres://u:hunter2@db
    log using hunter2
    return 200 x-token:hunter2 | hunter2";

/// What stands for a secret in recordings of [`begin`].
fn reference(name: &str, value: &str) -> String {
    Marking::of(begin().seed).reference(name, value.as_bytes(), &KeepAll.token(value.as_bytes()))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn its_value_is_not_in_the_bytes() {
    let bytes = record(SCRIPT);
    assert!(!contains(&bytes, "hunter2"));
    let token = reference("token", "hunter2");
    assert!(contains(&bytes, &format!("Bearer-{token}!")));
    assert!(contains(&bytes, &format!("{{\"token\":\"{token}\"}}")));
    assert!(contains(&bytes, &format!("postgres://u:{token}@db")));
    assert!(contains(&bytes, &format!("using {token}")));
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
    assert_eq!(recording.marks, [("policy".to_owned(), format!("denied {}", reference("token", "hunter2")))]);
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
    assert_eq!(report.outcome, returned(&reference("token", "hunter2")));
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
    let (long, short) = (reference("long", "abcdef"), reference("short", "abc"));
    assert_eq!(args.to_string(), format!("(\"key\", {long:?}, {short:?})"));
}

#[test]
fn one_value_under_two_names_has_one_reference() {
    let script = "secret b -> same\n secret a -> same\n kv.set key same";
    let recording = Recording::read(record(script)).expect("a journal");
    assert!(contains(recording.bytes(), &reference("b", "same")));
    assert!(!contains(recording.bytes(), "secret-a-"));
    let mut session = session_of(record(script));
    let a = session.secret("a", || None).expect("a secret").expect("a value");
    assert_eq!(session.secret("b", || None), Ok(Some(a)));
}

/// What a replay says of a guest that passes on a text of its own, where the recorded one passed on its secret.
#[track_caller]
fn check(recorded: impl Fn(&str) -> String, replayed: impl Fn(&str) -> String, expect: Verdict) {
    check_value("s3cr\u{e4}t/+ x", recorded, replayed, expect);
}

#[track_caller]
fn check_value(
    value: &str,
    recorded: impl Fn(&str) -> String,
    replayed: impl Fn(&str) -> String,
    expect: Verdict,
) {
    let pass = |session: &mut Session, pass: &dyn Fn(&str) -> String| {
        let token = session.secret("token", || Some(value.to_owned())).expect("a secret").expect("a value");
        let args = ("key", pass(&token));
        if let Step::Execute(ticket) = session.begin::<String>("kv.set", &args).expect("an answer") {
            session.finish(ticket, &"ok", 700).expect("a journal");
        }
        session.end(End { outcome: returned(&pass(&token)), elapsed_ns: 1, peak_memory: 0 }).expect("an end");
    };
    let journal = MemoryJournal::default();
    let mut session =
        Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).expect("a journal");
    pass(&mut session, &recorded);
    assert!(value.len() < 4 || !contains(&journal.bytes(), value), "{value}");
    let report = replay_same(journal.bytes(), |session| pass(session, &replayed));
    assert_eq!(report.verdict, expect);
}

fn as_it_is(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn a_guest_that_writes_the_text_of_a_stand_in_did_not_pass_the_secret_on() {
    let recorded = |value: &str| format!("Bearer {}", reference("token", value));
    let copied = recorded("s3cr\u{e4}t/+ x");
    check(as_it_is, as_it_is, Verdict::Identical);
    for forged in [
        "Bearer {{secret token}}",
        "Bearer {{secret%20token}}",
        // Out of the trace of this very execution.
        &copied,
        "Bearer redacted:00112233445566778899aabbccddeeff",
    ] {
        check(as_it_is, |_| forged.to_owned(), Verdict::Diverged);
        check(|token| format!("{token} {forged}"), |token| format!("{token} {token}"), Verdict::Diverged);
    }
    let placeholder = |_: &str| "Bearer {{secret token}}".to_owned();
    check(placeholder, as_it_is, Verdict::Diverged);
    check(placeholder, placeholder, Verdict::Identical);
}

#[test]
fn the_value_itself_is_what_its_reference_stands_for() {
    check(as_it_is, |_| "Bearer s3cr\u{e4}t/+ x".to_owned(), Verdict::Identical);
    check(as_it_is, |_| "Bearer s3cr\u{e4}t/+ y".to_owned(), Verdict::Diverged);
}

/// Escapes those characters that `plain` is not true for.
fn escape(text: &str, plain: fn(char) -> bool, escape: fn(u8) -> String) -> String {
    let one = |letter: char| match letter.is_ascii_alphanumeric() || "-._".contains(letter) || plain(letter) {
        true => letter.to_string(),
        false => letter.to_string().bytes().map(escape).collect(),
    };
    text.chars().map(one).collect()
}

type Encoder = fn(&str) -> String;

fn encoders() -> Vec<Encoder> {
    vec![
        |text| text.to_owned(),
        |text| escape(text, |_| false, |byte| format!("%{byte:02X}")),
        |text| escape(text, |_| false, |byte| format!("%{byte:02x}")),
        |text| escape(text, |letter| letter == '/', |byte| format!("%{byte:02X}")),
        |text| escape(text, |_| false, |byte| format!("%{byte:02X}")).replace("%20", "+"),
        |text| escape(text, |letter| !letter.is_ascii(), |byte| format!("%{byte:02X}")),
        |text| text.replace('/', "\\/"),
        |text| {
            text.chars()
                .map(|it| if it.is_ascii() { it.into() } else { format!("\\u{:04x}", it as u32) })
                .collect()
        },
    ]
}

#[test]
fn what_an_encoder_makes_of_a_secret_is_hidden_and_another_encoder_is_seen() {
    for (at, recorded) in encoders().into_iter().enumerate() {
        for (other, replayed) in encoders().into_iter().enumerate() {
            let expect = if at == other { Verdict::Identical } else { Verdict::Diverged };
            check(recorded, replayed, expect);
        }
        // Nothing of these changes it: whether a build encodes it makes no difference to anybody.
        for other in encoders() {
            check_value("plain_key-1.2", recorded, other, Verdict::Identical);
        }
    }
}

#[test]
fn short_secrets_are_hidden_and_constants_that_have_them_are_the_same() {
    for value in ["e", "s3", "abc"] {
        let constants = |token: &str| format!("the secret sees abcess3 {token} and 'redacted'");
        check_value(value, constants, constants, Verdict::Identical);
    }
}

#[test]
fn a_secret_that_was_redacted_before_is_one_value() {
    for first in ["secret a -> premium", "secret a -> premium\n secret b -> premium"] {
        check_transcript(first);
    }
}

#[track_caller]
fn check_transcript(first: &str) {
    let script = format!("{first}\n kv.set key premium\n log premium\n return 200 | premium");
    let bytes = record(&script);
    assert!(!contains(&bytes, "premium"));
    let (_, report) = replay(bytes, &script, &Tolerances::default(), Arc::new(KeepAll));
    assert_eq!(report.verdict, Verdict::Identical, "{report:?}");
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

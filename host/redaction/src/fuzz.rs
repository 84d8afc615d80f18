//! Redaction of any bytes: it does not panic, does nothing more the second time, and leaves nothing of a secret.

use std::sync::Arc;

use flux_recorder::redact::{Crossing, Hidden, Redact};
use flux_recorder::{
    Begin, Digest, Encode, End, Marking, MemoryJournal, Outcome, Output, Recording, Session, Step, Trigger,
    Value, returned,
};

use crate::descriptions::Descriptions;
use crate::keyed::Keyed;
use crate::policy::{Names, Policy};

const SEED: [u8; 32] = [9; 32];

/// The bytes up to the first zero are a secret, the others a body, a statement and a log line. The descriptions are
/// those of `fetch` and `db`.
///
/// # Panics
///
/// Where redaction breaks its word.
pub fn redaction(input: &[u8], descriptions: &Descriptions) {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(0);
    let (secret, text) = input.split_at(end);
    let (secret, text) = (String::from_utf8_lossy(secret), String::from_utf8_lossy(text));
    let keyed = keyed(descriptions.clone());
    let recording = recorded(&secret, &text, keyed.clone());
    for (place, bytes) in places(&recording) {
        twice(&*keyed, place, bytes);
        Value::read(bytes).expect("a value").visit(&mut |value| match value {
            Value::String(text) => without(&secret, text.as_bytes()),
            Value::Bytes(bytes) => without(&secret, bytes),
            _ => {}
        });
    }
    for line in &recording.output {
        without(&secret, line.message.as_bytes());
    }
}

fn keyed(descriptions: Descriptions) -> Arc<Keyed> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let config = Names {
        headers: names(&["authorization", "cookie", "set-cookie", "x-api-key"]),
        json: names(&["email", "a.*", "**.card"]),
        columns: names(&["email", "main.card"]),
        ..Names::default()
    };
    Arc::new(Keyed::new(Arc::new(Policy::new(&config, descriptions).expect("a policy")), [1; 32]))
}

fn call(args: &impl Encode, function: &'static str, session: &mut Session) {
    if let Step::Execute(ticket) = session.begin::<Value>(function, args).expect("a journal") {
        session.finish(ticket, &Value::Unit, 1).expect("a journal");
    }
}

fn message(text: &str) -> Value {
    let header = Value::Tuple(vec![Value::String("cookie".to_owned()), Value::String(text.to_owned())]);
    Value::Record(vec![
        ("headers".to_owned(), Value::List(vec![header])),
        ("body".to_owned(), Value::Bytes(text.as_bytes().to_vec())),
    ])
}

/// An execution that reads the secret and passes the text on in all ways.
fn recorded(secret: &str, text: &str, redact: Arc<Keyed>) -> Recording {
    let trigger = Trigger { kind: "job".to_owned(), name: "x".to_owned(), input: Value::Unit.to_canonical() };
    let begin = Begin {
        id: uuid::Uuid::nil(),
        parent: None,
        guest: Digest([0; 32]),
        engine: "none".to_owned(),
        seed: SEED,
        started_ns: 0,
        trigger,
    };
    let journal = MemoryJournal::default();
    let mut session = Session::record(begin, Box::new(journal.clone()), redact).expect("a journal");
    session.secret("key", || Some(secret.to_owned())).expect("a journal");
    call(&message(text), "fetch.send", &mut session);
    let cell = Value::Variant("text".to_owned(), Box::new(Value::String(text.to_owned())));
    let label = || Value::String("main".to_owned());
    let params = Value::List(vec![cell.clone(), cell]);
    let statement = Value::Tuple(vec![label(), Value::String(text.to_owned()), params]);
    call(&statement, "db.connection.execute", &mut session);
    let line = Output { level: "info".to_owned(), message: text.to_owned(), fields: Vec::new() };
    session.output(line).expect("a journal");
    let end = End { outcome: returned(&message(text)), elapsed_ns: 0, peak_memory: 0 };
    session.end(end).expect("a journal");
    Recording::read(journal.bytes()).expect("a recording")
}

fn places(recording: &Recording) -> Vec<(Crossing<'_>, &[u8])> {
    let calls = recording.effects.iter().enumerate();
    let mut places: Vec<_> =
        calls.map(|(index, effect)| (Crossing::Arguments(&effect.function), recording.args(index))).collect();
    if let Outcome::Returned(bytes) = &recording.end.outcome {
        places.push((Crossing::Outcome, bytes));
    }
    places
}

fn twice(redact: &dyn Redact, place: Crossing<'_>, written: &[u8]) {
    let again = Hidden::new(Marking::of(SEED)).value(redact, place, written);
    let again = again.map_or_else(|| written.to_vec(), |value| value.to_canonical());
    let shown = |bytes: &[u8]| Value::read(bytes).map(|value| value.to_string());
    assert!(again == written, "{:?}\n{:?}", shown(written), shown(&again));
}

/// What is beside the stand-ins has nothing of the secret, however it is spelt.
fn without(secret: &str, text: &[u8]) {
    if secret.is_empty() {
        return;
    }
    let mut from = 0;
    let mut pieces = Vec::new();
    for stand_in in Marking::of(SEED).all(text) {
        pieces.push(&text[from..stand_in.start]);
        from = stand_in.end;
    }
    pieces.push(&text[from..]);
    let has = |piece: &[u8]| piece.windows(secret.len()).any(|window| window == secret.as_bytes());
    for piece in pieces {
        assert!(!has(piece), "{secret:?} is in {:?}", String::from_utf8_lossy(text));
        let plain: Vec<u8> = percent_decoded(piece);
        assert!(!has(&plain), "{secret:?} is encoded in {:?}", String::from_utf8_lossy(text));
    }
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|digit| char::from(*digit).to_digit(16));
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let (byte, length) = match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => (u8::try_from(high * 16 + low).unwrap_or_default(), 3),
            (byte, ..) => (byte, 1),
        };
        plain.push(byte);
        at += length;
    }
    plain
}

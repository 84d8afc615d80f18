//! Writes the recordings of this format that are kept for ever: `cargo run -p flux-recorder --example
//! fixture -- tests/recordings/1.1 hidden`. Names are of those to write; without any, all are. A file that
//! stands there is never written again: a released format does not change.

use std::path::Path;
use std::sync::Arc;

use flux_recorder::{
    Begin, Digest, During, Encode, End, FailureKind, KeepAll, MemoryJournal, Outcome, Output, Session, Step,
    Stop, Trigger, Value, returned,
};

type Written = Result<(), Stop>;
type Fixture = (&'static str, fn(&mut Session) -> Written);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let names: Vec<_> = std::env::args().skip(2).collect();
    let fixtures: [Fixture; 6] = [
        ("order", order),
        ("failed-job", failed_job),
        ("interrupted", interrupted),
        ("tail", tail),
        ("limited", limited),
        ("hidden", hidden),
    ];
    for (index, (name, run)) in fixtures.into_iter().enumerate() {
        if !names.is_empty() && !names.iter().any(|it| it == name) {
            continue;
        }
        let journal = MemoryJournal::default();
        let begin = begin(index as u128, if name == "failed-job" { "job" } else { "http" });
        run(&mut Session::record(begin, Box::new(journal.clone()), Arc::new(KeepAll))?)?;
        let path = Path::new(&folder).join(format!("{name}.fluj"));
        std::io::Write::write_all(&mut std::fs::File::create_new(path)?, &journal.bytes())?;
    }
    Ok(())
}

fn begin(number: u128, kind: &str) -> Begin {
    let input = Value::Record(vec![
        ("method".to_owned(), Value::Enum("post".to_owned())),
        ("path".to_owned(), Value::String("/orders?limit=2".to_owned())),
    ]);
    Begin {
        id: uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number),
        parent: (number == 2).then(|| uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000)),
        guest: Digest([0x5a; 32]),
        engine: "wasmtime 48".to_owned(),
        seed: [3; 32],
        started_ns: 1_790_000_000_000_000_000,
        trigger: Trigger { kind: kind.to_owned(), name: "/orders".to_owned(), input: input.to_canonical() },
    }
}

fn effect(session: &mut Session, function: &'static str, args: &Value, result: &Value) -> Written {
    match session.begin::<Value>(function, args)? {
        Step::Execute(ticket) => session.finish(ticket, result, 1_500),
        Step::Return(_) | Step::Unanswered => Ok(()),
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// Every kind of event, and every kind of value.
fn order(session: &mut Session) -> Written {
    session.clock("clock.now", || 1_790_000_000_000_000_100)?;
    session.input("config.get:region", || Some("eu".to_owned()))?;
    session.secret("psp", || Some("hunter2".to_owned()))?;
    let numbers = vec![Value::Unsigned(300), Value::Signed(-1), Value::F32(1.5), Value::F64(f64::NAN)];
    let ok = Value::Result(Ok(Box::new(Value::Option(Some(Box::new(Value::List(numbers)))))));
    effect(session, "db.connection.query", &Value::Tuple(vec![text("select 1"), Value::Bool(true)]), &ok)?;
    let body = Value::Bytes(br#"{"token":"hunter2","amount":100}"#.to_vec());
    let refused = Value::Variant("denied".to_owned(), Box::new(Value::Char('é')));
    let error = Value::Result(Err(Box::new(refused)));
    effect(session, "fetch.send", &Value::Tuple(vec![text("POST"), body, Value::Option(None)]), &error)?;
    let fields = vec![("order".to_owned(), "17".to_owned())];
    session.output(Output { level: "info".to_owned(), message: "stored\n".to_owned(), fields })?;
    session.mark("limit", "fetch.timeout = 30s")?;
    let redacted = Value::Tuple(vec![text("x-api-key"), Value::Redacted([0x11; 16])]);
    let response = Value::Record(vec![
        ("status".to_owned(), Value::Unsigned(201)),
        ("headers".to_owned(), Value::List(vec![redacted])),
        ("body".to_owned(), Value::Bytes(vec![0xff, 0x00])),
    ]);
    finish(session, returned(&response))
}

fn failed_job(session: &mut Session) -> Written {
    effect(
        session,
        "queue.send",
        &Value::Tuple(vec![text("mail")]),
        &Value::Result(Ok(Box::new(Value::Unit))),
    )?;
    let backtrace = vec!["orders::send".to_owned(), "orders::main".to_owned()];
    let message = "wasm `unreachable` executed".to_owned();
    finish(session, Outcome::Failed { kind: FailureKind::Trap, message, backtrace })
}

/// A secret in several spellings, beside text that merely looks like one.
fn hidden(session: &mut Session) -> Written {
    session.secret("psp", || Some("hunter/2".to_owned()))?;
    let args = vec![text("Bearer hunter/2"), text("?key=hunter%2F2"), text("{{secret psp}}")];
    effect(session, "fetch.send", &Value::Tuple(args), &Value::Redacted([0x11; 16]))?;
    finish(session, returned(&Value::Bytes(br#"{"key":"hunter\/2"}"#.to_vec())))
}

/// A call without a return, and no end.
fn interrupted(session: &mut Session) -> Written {
    effect(session, "kv.bucket.get", &Value::Tuple(vec![text("cart")]), &Value::Option(None))?;
    let _unfinished =
        session.begin::<Value>("kv.bucket.set", &Value::Tuple(vec![text("cart"), Value::Unsigned(1)]))?;
    Ok(())
}

/// An answer, and a call behind it; then a panic.
fn tail(session: &mut Session) -> Written {
    session.respond(&returned(&Value::Record(vec![("status".to_owned(), Value::Unsigned(202))])))?;
    effect(session, "kv.bucket.get", &Value::Tuple(vec![text("cart")]), &Value::Option(None))?;
    session.tail_failed(FailureKind::Trap, "a panic: after the answer")?;
    let message = "a panic: after the answer".to_owned();
    finish(session, Outcome::Failed { kind: FailureKind::Trap, message, backtrace: Vec::new() })
}

/// A request under way, and a transaction open, when the time was over.
fn limited(session: &mut Session) -> Written {
    let args = Value::Tuple(vec![text("main")]);
    effect(session, "db.connection.begin", &args, &Value::Result(Ok(Box::new(Value::Unit))))?;
    let begun = session.begin::<Value>("fetch.send", &Value::Tuple(vec![text("GET")]))?;
    session.limit(FailureKind::TimeLimit, During::Waiting)?;
    session.close();
    let args = Value::Tuple(vec![text("main#1")]);
    effect(session, "db.transaction.rollback", &args, &Value::Result(Ok(Box::new(Value::Unit))))?;
    if let Step::Execute(ticket) = begun {
        session.abandon(ticket)?;
    }
    let message = "it ran longer than 300 ms".to_owned();
    finish(session, Outcome::Failed { kind: FailureKind::TimeLimit, message, backtrace: Vec::new() })
}

fn finish(session: &mut Session, outcome: Outcome) -> Written {
    session.end(End { outcome, elapsed_ns: 5_000_000, peak_memory: 1_114_112 }).map(|_| ())
}

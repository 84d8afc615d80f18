//! Transcripts: a few lines of text are an execution, recorded or replayed.
//!
//! ```text
//! kv.get cart -> 3          a call, its arguments and what it returns
//! fetch.send x | {"a":1}    the last argument is bytes
//! kv.get cart -> ?          a call that never returned
//! clock                     a reading of `clock.now`; the first is 1000, each other 10 more
//! config region -> eu       an input; `config region` is absent
//! secret token -> hunter2
//! log hello
//! out a\nb                   a piece of stdout, with line breaks as \n
//! return 200 date:mon | {"a":1}
//! fail trap unreachable
//! crash                     the journal has no end
//! ```

use std::sync::Arc;

use flux_recorder::{
    Begin, Digest, End, FailureKind, KeepAll, MemoryJournal, Outcome, Output, Redact, Session, Step, Stop,
    Trigger, Value, returned,
};

const FUNCTIONS: [&str; 8] = [
    "kv.get",
    "kv.set",
    "fetch.send",
    "queue.send",
    "db.connection.begin",
    "db.transaction.execute",
    "db.transaction.commit",
    "db.transaction.rollback",
];

pub fn record(script: &str) -> Vec<u8> {
    record_with(script, Arc::new(KeepAll))
}

pub fn record_with(script: &str, redact: Arc<dyn Redact>) -> Vec<u8> {
    let journal = MemoryJournal::default();
    let mut session = Session::record(begin(), Box::new(journal.clone()), redact).expect("memory takes all");
    run(&mut session, script);
    journal.bytes()
}

pub fn begin() -> Begin {
    Begin {
        id: uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        parent: None,
        guest: Digest([0xab; 32]),
        engine: "test 1".to_owned(),
        seed: [7; 32],
        started_ns: 500_000,
        trigger: Trigger { kind: "http".into(), name: "/orders".into(), input: vec![0] },
    }
}

/// Runs a transcript, and returns what the guest saw of ambient values.
pub fn run(session: &mut Session, script: &str) -> Vec<String> {
    let mut guest = Guest { session, seen: Vec::new(), readings: 0 };
    let mut outcome = response("200");
    for line in lines(script) {
        if line == "crash" {
            return guest.seen;
        }
        match guest.step(line) {
            Ok(ending) => outcome = ending.unwrap_or(outcome),
            Err(stop) => {
                guest.seen.push(format!("stopped: {stop}"));
                outcome = stopped(&stop);
                break;
            }
        }
    }
    let end = End { outcome, elapsed_ns: 9_000, peak_memory: 65_536 };
    guest.session.end(end).expect("an end");
    guest.seen
}

struct Guest<'a> {
    session: &'a mut Session,
    seen: Vec<String>,
    readings: u64,
}

impl Guest<'_> {
    fn step(&mut self, line: &str) -> Result<Option<Outcome>, Stop> {
        let (head, result) =
            line.split_once(" -> ").map_or((line, None), |(head, result)| (head, Some(result)));
        let (word, rest) = head.split_once(' ').unwrap_or((head, ""));
        match word {
            "clock" => self.clock()?,
            "config" => {
                let live = || result.map(str::to_owned);
                let value = self.session.input(&format!("config.get:{rest}"), live)?.flatten();
                self.seen.push(format!("config {rest} = {}", value.as_deref().unwrap_or("none")));
            }
            "secret" => {
                let value = self.session.secret(rest, || result.map(str::to_owned))?;
                self.seen.push(format!("secret {rest} = {}", value.as_deref().unwrap_or("none")));
            }
            "log" => self.session.output(log(rest))?,
            "out" => self.session.output(stdout(&rest.replace("\\n", "\n")))?,
            "return" => return Ok(Some(response(rest))),
            "fail" => {
                let (kind, message) = rest.split_once(' ').expect("a kind and a message");
                return Ok(Some(failed(kind, message)));
            }
            function => self.call(function, &arguments(rest), result)?,
        }
        Ok(None)
    }

    fn clock(&mut self) -> Result<(), Stop> {
        let live = 1_000 + 10 * self.readings;
        self.readings += 1;
        let reading = self.session.clock("clock.now", || live)?;
        self.seen.push(format!("clock = {reading}"));
        Ok(())
    }

    fn call(&mut self, function: &str, args: &Value, result: Option<&str>) -> Result<(), Stop> {
        let function = FUNCTIONS.iter().find(|name| **name == function).expect("a known function");
        match self.session.begin::<Value>(function, args)? {
            Step::Execute(_) if result == Some("?") => Ok(()),
            Step::Execute(ticket) => self.session.finish(ticket, &word(result.unwrap_or("0")), 700),
            Step::Return(_) => Ok(()),
            Step::Unanswered => Err(self.session.unanswered(function)),
        }
    }
}

/// As a host ends a guest that was stopped.
fn stopped(stop: &Stop) -> Outcome {
    match stop {
        Stop::Limit(kind, message) => failed(kind.name(), message),
        stop => failed("blocked", &stop.to_string()),
    }
}

fn stdout(text: &str) -> Output {
    Output { level: "stdout".into(), message: text.to_owned(), fields: Vec::new() }
}

pub fn log(text: &str) -> Output {
    Output { level: "info".into(), message: text.to_owned(), fields: vec![("line".into(), text.to_owned())] }
}

fn failed(kind: &str, message: &str) -> Outcome {
    let kind = FailureKind::of_name(kind).expect("a kind of failure");
    Outcome::Failed { kind, message: message.to_owned(), backtrace: vec![format!("main: {message}")] }
}

fn word(word: &str) -> Value {
    word.parse().map_or_else(|_| Value::String(word.to_owned()), Value::Signed)
}

fn arguments(text: &str) -> Value {
    let (words, body) = text.split_once("| ").map_or((text, None), |(words, body)| (words, Some(body)));
    let body = body.map(|body| Value::Bytes(body.as_bytes().to_vec()));
    Value::Tuple(words.split_whitespace().map(word).chain(body).collect())
}

/// `200 name:value | body`
fn response(text: &str) -> Outcome {
    let (head, body) = text.split_once(" | ").unwrap_or((text, ""));
    let mut words = head.split_whitespace();
    let status = words.next().and_then(|status| status.parse().ok()).expect("a status");
    let text = |text: &str| Value::String(text.to_owned());
    let header = |(name, value): (&str, &str)| Value::Tuple(vec![text(name), text(value)]);
    let headers = words.filter_map(|word| word.split_once(':')).map(header).collect();
    returned(&Value::Record(vec![
        ("status".to_owned(), Value::Unsigned(status)),
        ("headers".to_owned(), Value::List(headers)),
        ("body".to_owned(), Value::Bytes(body.as_bytes().to_vec())),
    ]))
}

pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

//! What an execution says while it runs, for whoever watches the server: the lines that its guest writes, and the
//! calls that the host refused or that failed.
//!
//! The journal has all of that, and nothing that must not be written. So this reads what is appended to the journal,
//! where somebody wants these lines; where nobody does, the journal is as if this were not there.

use flux_host::Panic;
use flux_recorder::format::{Frames, MAGIC};
use flux_recorder::{AppendError, End, Event, Journal, Outcome, Output, Value, is_failure};
use serde_json::{Map, Value as Json};
use tracing::{Level, enabled, event, warn};
use uuid::Uuid;

use crate::log::{CALL, GUEST};

/// How many different failures of calls are kept of an execution, until it is known whether they matter.
const KEPT: usize = 8;

/// A journal that is read along, where somebody wants to know.
pub(crate) fn beside(journal: Box<dyn Journal>, id: Uuid, name: &str) -> Box<dyn Journal> {
    if !enabled!(target: GUEST, Level::ERROR) && !enabled!(target: CALL, Level::WARN) {
        return journal;
    }
    Box::new(ReadAlong { journal, log: ExecutionLog::new(id, name) })
}

struct ReadAlong {
    journal: Box<dyn Journal>,
    log: ExecutionLog,
}

impl Journal for ReadAlong {
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        self.journal.append(frames)?;
        // With the header comes what started the execution, which is long and says nothing of interest here.
        if !frames.starts_with(&MAGIC) {
            // The session wrote them: there is none that cannot be read.
            Frames::appended(frames).filter_map(Result::ok).for_each(|event| self.log.event(event));
        }
        Ok(())
    }
}

/// A call that failed.
#[derive(Debug, PartialEq, Eq)]
struct FailedCall {
    call: String,
    error: String,
    hint: Option<String>,
}

struct ExecutionLog {
    id: Uuid,
    name: String,
    // Calls without a result, by their number.
    begun: Vec<(u64, String)>,
    // What a program may have expected, such as a constraint that did not hold: told if the execution fails.
    failed: Vec<FailedCall>,
    // The last lines of stderr, until it is known whether they are a language's report of a panic.
    stderr: Vec<String>,
    answered: bool,
}

impl ExecutionLog {
    fn new(id: Uuid, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            begun: Vec::new(),
            failed: Vec::new(),
            stderr: Vec::new(),
            answered: false,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match &event {
            Event::Output(output) if output.level == "stderr" => {}
            Event::End(End { outcome: Outcome::Failed { message, .. }, .. }) => {
                self.tell_what_is_no_report(message);
            }
            _ => self.tell_stderr(),
        }
        match event {
            Event::Output(output) if output.level == "stderr" => self.stderr.push(output.message),
            Event::Output(output) => self.output(&output),
            Event::Call { seq, function, .. } => self.begun.push((seq, function.to_owned())),
            Event::Return { seq, result, .. } => {
                let at = self.begun.iter().position(|(begun, _)| *begun == seq);
                if let Some((_, call)) = at.map(|at| self.begun.swap_remove(at)) {
                    self.returned(&call, result);
                }
            }
            Event::Ambient { stream, value } => self.returned(stream, value),
            Event::Answer { value } => {
                self.answered = true;
                self.ended(&Outcome::Returned(value.to_vec()));
            }
            // The end of one that was answered does not repeat the answer.
            Event::End(End { outcome: Outcome::Returned(_), .. }) if self.answered => {}
            Event::End(End { outcome, .. }) => self.ended(&outcome),
            Event::Begin(_) | Event::Mark { .. } => {}
        }
    }

    fn ended(&mut self, outcome: &Outcome) {
        let failed = std::mem::take(&mut self.failed);
        if !failed.is_empty() && is_failure(outcome) {
            failed.iter().for_each(|failed| self.tell(failed));
        }
    }

    /// A refusal is for whoever wrote flux.toml and is told at once. Other errors are kept.
    fn returned(&mut self, call: &str, result: &[u8]) {
        let Some((case, failed)) = FailedCall::read(call, result) else {
            return;
        };
        if matches!(&*case, "denied" | "unavailable") {
            self.tell(&failed);
        } else if self.failed.len() < KEPT && !self.failed.contains(&failed) {
            self.failed.push(failed);
        }
    }

    fn tell(&self, FailedCall { call, error, hint }: &FailedCall) {
        let Self { id, name, .. } = self;
        let hint = hint.as_deref();
        warn!(target: CALL, %id, name, call, error, hint);
    }

    /// The line of the failure says what the report says, with the guest's own frames. `flux trace` shows it whole.
    fn tell_what_is_no_report(&mut self, failure: &str) {
        let written = self.stderr.iter().map(|line| line.trim_end_matches('\n'));
        let written: String = written.map(|line| format!("{line}\n")).collect();
        let is_told = Panic::read(&written).is_some_and(|panic| failure.starts_with(&panic.message));
        if let Some(before) = Panic::before(&written).filter(|_| is_told) {
            self.stderr = before.lines().map(str::to_owned).collect();
        }
        self.tell_stderr();
    }

    fn tell_stderr(&mut self) {
        for message in std::mem::take(&mut self.stderr) {
            self.output(&Output { level: "stderr".to_owned(), message, fields: Vec::new() });
        }
    }

    fn output(&self, Output { level, message, fields }: &Output) {
        if message.trim().is_empty() && fields.is_empty() {
            return;
        }
        let fields = (!fields.is_empty()).then(|| {
            let fields = fields.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str())));
            Json::Object(fields.collect::<Map<_, _>>()).to_string()
        });
        let (id, name, fields) = (&self.id, &*self.name, fields.as_deref());
        macro_rules! line {
            ($level:ident, $stream:expr) => {
                event!(target: GUEST, Level::$level, %id, name, stream = $stream, fields, "{message}")
            };
        }
        match &**level {
            "trace" => line!(TRACE, "log"),
            "debug" => line!(DEBUG, "log"),
            "warn" => line!(WARN, "log"),
            "error" => line!(ERROR, "log"),
            stream @ ("stdout" | "stderr") => line!(INFO, stream),
            _ => line!(INFO, "log"),
        }
    }
}

impl FailedCall {
    /// The case of the error and what it says, where a result is one. Errors of all interfaces are variants, most of
    /// whose cases have a text; some have a record with a message.
    fn read(call: &str, result: &[u8]) -> Option<(String, Self)> {
        // Results are many and long, and few are errors.
        if !Value::is_error(result) {
            return None;
        }
        let Ok(Value::Result(Err(error))) = Value::read(result) else {
            return None;
        };
        let (case, text) = match *error {
            Value::Variant(case, what) => {
                let text = match what.field("message").unwrap_or(&what) {
                    Value::String(text) => text.clone(),
                    other => format!("{case} {other}"),
                };
                (case, text)
            }
            Value::Enum(case) => (case.clone(), case),
            other => ("error".to_owned(), other.to_string()),
        };
        let (error, hint) = match text.split_once("; hint: ") {
            Some((error, hint)) => (error.to_owned(), Some(hint.to_owned())),
            None if case == "unavailable" => (text, Some(UNAVAILABLE.to_owned())),
            None => (text, None),
        };
        Some((case, Self { call: name_of(call), error, hint }))
    }
}

/// For whatever cannot be reached and does not say more itself.
const UNAVAILABLE: &str = "start its server, or correct its address in flux.toml";

/// A label that is opened is an input, named `open:kv:sessions`.
fn name_of(call: &str) -> String {
    match call.strip_prefix("open:").and_then(|rest| rest.split_once(':')) {
        Some((interface, _)) => format!("{interface}.open"),
        None => call.to_owned(),
    }
}

/// What the log of an execution still holds when nothing more is appended is told, too.
impl Drop for ExecutionLog {
    fn drop(&mut self) {
        self.tell_stderr();
    }
}

#[cfg(test)]
mod tests {
    use flux_recorder::Encode;

    use super::*;

    fn read(call: &str, error: Value) -> Option<(String, FailedCall)> {
        FailedCall::read(call, &Value::Result(Err(Box::new(error))).to_canonical())
    }

    fn variant(case: &str, text: &str) -> Value {
        Value::Variant(case.to_owned(), Box::new(Value::String(text.to_owned())))
    }

    fn failed(call: &str, error: &str, hint: Option<&str>) -> FailedCall {
        FailedCall { call: call.to_owned(), error: error.to_owned(), hint: hint.map(str::to_owned) }
    }

    #[test]
    fn an_error_is_read_with_its_hint_whatever_interface_it_is_of() {
        let denied = read("open:kv:b", variant("denied", "bucket 'b' is missing; hint: add [kv.b]"));
        let expect = failed("kv.open", "bucket 'b' is missing", Some("add [kv.b]"));
        assert_eq!(denied, Some(("denied".to_owned(), expect)));
        let gone = read("kv.bucket.get", variant("unavailable", "connection refused"));
        let expect = failed("kv.bucket.get", "connection refused", Some(UNAVAILABLE));
        assert_eq!(gone, Some(("unavailable".to_owned(), expect)));
        let slow = read("fetch.send", Value::Enum("timeout".to_owned()));
        assert_eq!(slow, Some(("timeout".to_owned(), failed("fetch.send", "timeout", None))));
        let message = Value::Record(vec![("message".to_owned(), Value::String("no such table".to_owned()))]);
        let wrong = read("db.connection.query", Value::Variant("invalid".to_owned(), Box::new(message)));
        let expect = failed("db.connection.query", "no such table", None);
        assert_eq!(wrong, Some(("invalid".to_owned(), expect)));
    }

    #[test]
    fn what_is_no_error_is_none() {
        for value in [Value::Unit, Value::Result(Ok(Box::new(Value::Unit))), variant("denied", "a value")] {
            assert_eq!(FailedCall::read("kv.bucket.get", &value.to_canonical()), None);
        }
    }
}

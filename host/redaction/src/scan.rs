//! Looks through what was written for what must not be there. It says where, and never what.

use std::collections::HashMap;

use flux_recorder::format::Frames;
use flux_recorder::redact::{Crossing, Hidden, Redact};
use flux_recorder::{Begin, Encode, End, Event, FormatError, Marking, Outcome, Output, Value, format};
use flux_replay::{Tolerances, compare};

use crate::needles::{Needles, What};
use crate::patterns;
use crate::redaction::Redaction;

/// A place in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The event: `begin`, `call 3`, `return 3`, `input`, `output`, `mark` or `end`.
    pub event: String,
    /// Where in it.
    pub path: String,
    /// What.
    pub what: What,
    /// How long the value is, in bytes.
    pub length: usize,
}

/// Looks through journals.
#[derive(Debug)]
pub struct Scanner {
    needles: Needles,
    redaction: Redaction,
    patterns: bool,
}

impl Scanner {
    /// For some secrets and a policy; `patterns` looks for what looks like credentials or personal data, too.
    pub fn new(needles: Needles, redaction: Redaction, patterns: bool) -> Self {
        Self { needles, redaction, patterns }
    }

    /// The secrets that are looked for.
    pub fn needles(&self) -> &Needles {
        &self.needles
    }

    /// All that a journal has and must not have.
    pub fn journal(&self, journal: &[u8]) -> Result<Vec<Finding>, FormatError> {
        let hidden = Hidden::new(Marking::First);
        let mut look = Look { scanner: self, hidden, calls: HashMap::new(), found: Vec::new() };
        let (mut redact, _) = self.redaction.at(0);
        for event in Frames::of(journal)? {
            let event = event?;
            if let Event::Begin(begin) = &event {
                (redact, _) = self.redaction.at(begin.started_ns);
                look.hidden = Hidden::new(format::marking(journal, begin.seed));
            }
            look.event(&*redact, event);
        }
        Ok(look.found)
    }
}

/// One journal, event by event.
struct Look<'a> {
    scanner: &'a Scanner,
    hidden: Hidden,
    calls: HashMap<u64, (String, Value)>,
    found: Vec<Finding>,
}

impl Look<'_> {
    fn event(&mut self, redact: &dyn Redact, event: Event<'_>) {
        match event {
            Event::Begin(begin) => self.begin(redact, &begin),
            Event::Call { seq, function, args } => {
                let place = Crossing::Arguments(function);
                let args = self.value(redact, place, (&format!("call {seq}"), function), args);
                self.calls.insert(seq, (function.to_owned(), args.unwrap_or(Value::Unit)));
            }
            Event::Return { seq, result, .. } => {
                let (function, args) =
                    self.calls.remove(&seq).unwrap_or_else(|| (String::new(), Value::Unit));
                let place = Crossing::Result(&function, &args);
                self.value(redact, place, (&format!("return {seq}"), &function), result);
            }
            Event::Ambient { stream, value } => {
                self.value(&flux_recorder::KeepAll, Crossing::Arguments(stream), ("input", stream), value);
            }
            Event::Output(output) => self.output(&output),
            Event::Mark { name, value } => self.text("mark", name, value),
            Event::Answer { value } => {
                self.value(redact, Crossing::Outcome, ("answer", "response"), value);
            }
            // It had answered before.
            Event::End(End { outcome: Outcome::Returned(value), .. }) if value.is_empty() => {}
            Event::End(end) => match end.outcome {
                Outcome::Returned(bytes) => {
                    self.value(redact, Crossing::Outcome, ("end", "response"), &bytes);
                }
                Outcome::Failed { message, backtrace, .. } => {
                    self.text("end", "message", &message);
                    backtrace.iter().for_each(|frame| self.text("end", "backtrace", frame));
                }
            },
        }
    }

    fn begin(&mut self, redact: &dyn Redact, begin: &Begin) {
        let place = Crossing::Trigger(&begin.trigger.kind);
        self.value(redact, place, ("begin", "trigger"), &begin.trigger.input);
    }

    fn output(&mut self, output: &Output) {
        self.text("output", &output.level, &output.message);
        for (name, value) in &output.fields {
            self.text("output", name, value);
        }
    }

    /// Looks at canonical bytes; gives the value as it should have been written.
    fn value(
        &mut self,
        redact: &dyn Redact,
        place: Crossing<'_>,
        (event, path): (&str, &str),
        bytes: &[u8],
    ) -> Option<Value> {
        let before = Value::read(bytes).ok()?;
        let after = self.hidden.value(redact, place, bytes).unwrap_or_else(|| before.clone());
        let compared = compare(path, bytes, &after.to_canonical(), &Tolerances::default());
        for difference in compared.differences {
            let Some(value) = difference.recorded.filter(|value| !self.is_stand_in(value)) else { continue };
            self.add(event, difference.path.to_string(), What::Policy, length(&value));
        }
        texts(before).iter().for_each(|text| self.bytes(event, path, text));
        Some(after)
    }

    fn text(&mut self, event: &str, path: &str, text: &str) {
        if self.hidden.text(text) != text {
            self.add(event, path.to_owned(), What::Policy, text.len());
        }
        self.bytes(event, path, text.as_bytes());
    }

    /// Secrets and patterns.
    fn bytes(&mut self, event: &str, path: &str, bytes: &[u8]) {
        for (_, what, length) in self.scanner.needles.find(bytes) {
            self.add(event, path.to_owned(), what, length);
        }
        if self.scanner.patterns {
            for (kind, at) in patterns::find(bytes, self.hidden.marking()) {
                self.add(event, path.to_owned(), What::Pattern(kind), at.len());
            }
        }
    }

    /// As a whole: it was redacted, if not by a policy of this place.
    fn is_stand_in(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            Value::Redacted(_) => return true,
            _ => return false,
        };
        self.hidden.marking().whole_of(text).is_some()
    }

    fn add(&mut self, event: &str, path: String, what: What, length: usize) {
        self.found.push(Finding { event: event.to_owned(), path, what, length });
    }
}

/// Takes the texts and bytes out of a value.
fn texts(mut value: Value) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    value.visit(&mut |value| match value {
        Value::String(text) => texts.push(std::mem::take(text).into_bytes()),
        Value::Bytes(bytes) => texts.push(std::mem::take(bytes)),
        _ => {}
    });
    texts
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        value => value.to_string().len(),
    }
}

//! Looks through what was written for what must not be there. It says where, and never what.

use std::collections::HashMap;

use flux_recorder::format::Frames;
use flux_recorder::redact::{Hidden, Place, Redact};
use flux_recorder::{Begin, Encode, End, Event, FormatError, Marking, Outcome, Output, Value, format};
use flux_replay::{Tolerances, compare};

use super::{Redaction, RedactionError, patterns};
use crate::project::Project;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A secret's value, in one of its forms.
    Secret {
        /// Its name in flux.toml.
        name: String,
        /// `raw`, `base64`, `percent`, `json` or `hex`.
        form: &'static str,
    },
    /// A value that flux.toml, as it is now, does not let through.
    Policy,
    /// Something that looks like this.
    Pattern(&'static str),
}

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

/// The secrets of a project in every form that is looked for.
#[derive(Default)]
pub struct Needles {
    by_first: HashMap<u8, Vec<Needle>>,
    unchecked: Vec<(String, String)>,
}

struct Needle {
    name: String,
    form: &'static str,
    bytes: Vec<u8>,
}

/// Names only: a secret's value is in no log.
impl std::fmt::Debug for Needles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.by_first.values().flatten().map(|needle| &needle.name);
        f.debug_set().entries(names).finish()
    }
}

/// Shorter secrets would be found everywhere.
const SHORTEST: usize = 4;

impl Needles {
    /// The secrets that flux.toml names, as far as they are here.
    pub fn of(project: &Project) -> Self {
        let mut needles = Self::default();
        for (name, config) in &project.config.secrets {
            match config.read(&project.folder) {
                Ok(value) if value.len() < SHORTEST => {
                    let why = format!("it has fewer than {SHORTEST} bytes");
                    needles.unchecked.push((name.clone(), why));
                }
                Ok(value) => needles.add(name, &value),
                Err(place) => needles.unchecked.push((name.clone(), format!("{place} is not there"))),
            }
        }
        needles
    }

    fn add(&mut self, name: &str, value: &str) {
        for (form, bytes) in forms(value) {
            let needles = self.by_first.entry(bytes.first().copied().unwrap_or_default()).or_default();
            if !needles.iter().any(|needle| needle.bytes == bytes) {
                needles.push(Needle { name: name.to_owned(), form, bytes });
            }
        }
    }

    /// Secrets that could not be looked for, and why.
    pub fn unchecked(&self) -> &[(String, String)] {
        &self.unchecked
    }

    /// The length of the longest form.
    pub fn longest(&self) -> usize {
        self.by_first.values().flatten().map(|needle| needle.bytes.len()).max().unwrap_or_default()
    }

    /// All places of secrets in some bytes, and how long they are there.
    pub fn find(&self, bytes: &[u8]) -> Vec<(usize, What, usize)> {
        let mut found = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            let needles = self.by_first.get(byte).into_iter().flatten();
            for needle in needles.filter(|needle| bytes[at..].starts_with(&needle.bytes)) {
                let what = What::Secret { name: needle.name.clone(), form: needle.form };
                found.push((at, what, needle.bytes.len()));
            }
        }
        found
    }
}

/// A value as it is, and as it stands in JSON, URLs, base64 and hex.
fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let quoted = serde_json::Value::from(value).to_string();
    let percent: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        ("raw", value.as_bytes().to_vec()),
        ("json", quoted.as_bytes()[1..quoted.len() - 1].to_vec()),
        ("percent", percent.replace('+', "%20").into_bytes()),
        ("percent", percent.into_bytes()),
        ("hex", hex.to_uppercase().into_bytes()),
        ("hex", hex.into_bytes()),
    ];
    for before in 0..3 {
        let text = base64(value.as_bytes(), before);
        let url = text.replace('+', "-").replace('/', "_");
        forms.extend([text, url].map(|text| ("base64", text.into_bytes())));
    }
    forms.retain(|(_, bytes)| bytes.len() >= SHORTEST);
    forms
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The letters that are the value's alone where so many other bytes stand before it: `user:` before a
/// password.
fn base64(value: &[u8], before: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(value.iter().copied()).collect();
    let bit = |at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    let letters = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
    let letter =
        |index: usize| (6 * index..6 * index + 6).fold(0, |letter, at| letter << 1 | usize::from(bit(at)));
    letters.map(|index| char::from(BASE64[letter(index)])).collect()
}

/// Looks through journals.
#[derive(Debug)]
pub struct Scanner {
    needles: Needles,
    redaction: Redaction,
    patterns: bool,
}

impl Scanner {
    /// For the secrets and the policy of a project; `patterns` looks for what looks like credentials or
    /// personal data, too.
    pub fn open(project: &Project, patterns: bool) -> Result<Self, RedactionError> {
        let redaction = Redaction::for_replay(project)?;
        Ok(Self { needles: Needles::of(project), redaction, patterns })
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
                let place = Place::Arguments(function);
                let args = self.value(redact, place, (&format!("call {seq}"), function), args);
                self.calls.insert(seq, (function.to_owned(), args.unwrap_or(Value::Unit)));
            }
            Event::Return { seq, result, .. } => {
                let (function, args) =
                    self.calls.remove(&seq).unwrap_or_else(|| (String::new(), Value::Unit));
                let place = Place::Result(&function, &args);
                self.value(redact, place, (&format!("return {seq}"), &function), result);
            }
            Event::Ambient { stream, value } => {
                self.value(&flux_recorder::KeepAll, Place::Arguments(stream), ("input", stream), value);
            }
            Event::Output(output) => self.output(&output),
            Event::Mark { name, value } => self.text("mark", name, value),
            Event::Answer { value } => {
                self.value(redact, Place::Outcome, ("answer", "response"), value);
            }
            // It had answered before.
            Event::End(End { outcome: Outcome::Returned(value), .. }) if value.is_empty() => {}
            Event::End(end) => match end.outcome {
                Outcome::Returned(bytes) => {
                    self.value(redact, Place::Outcome, ("end", "response"), &bytes);
                }
                Outcome::Failed { message, backtrace, .. } => {
                    self.text("end", "message", &message);
                    backtrace.iter().for_each(|frame| self.text("end", "backtrace", frame));
                }
            },
        }
    }

    fn begin(&mut self, redact: &dyn Redact, begin: &Begin) {
        let place = Place::Trigger(&begin.trigger.kind);
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
        place: Place<'_>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_and_between_others() {
        let mut needles = Needles::default();
        needles.add("key", "s3cr\"t & sons");
        for (form, text) in [
            ("raw", "a s3cr\"t & sons!"),
            ("json", r#"{"a":"s3cr\"t & sons"}"#),
            ("percent", "?k=s3cr%22t%20%26%20sons"),
            ("percent", "k=s3cr%22t+%26+sons&x=1"),
            ("hex", "733363722274202620736f6e73"),
            ("hex", "733363722274202620736F6E73"),
            ("base64", "czNjciJ0ICYgc29ucw=="),
            ("base64", "dTpzM2NyInQgJiBzb25z"),
            ("base64", "dXM6czNjciJ0ICYgc29ucw=="),
        ] {
            let found = needles.find(text.as_bytes());
            let secret = What::Secret { name: "key".to_owned(), form };
            assert!(found.iter().any(|(_, what, _)| *what == secret), "{form}: {text}: {found:?}");
        }
        assert_eq!(needles.find(b"s3cr t & sons"), []);
    }
}

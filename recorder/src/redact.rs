//! What must not be written: the hook through which the host's policy acts before any byte leaves, and
//! what one execution knows that must be hidden wherever it stands.

use crate::canonical::Encode;
use crate::event::{End, Outcome, Output};
use crate::occurrences::Occurrences;
use crate::stand_in::Marking;
use crate::token::{RedactionToken, plain_token};
use crate::value::Value;

/// Where a value crosses the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing<'a> {
    /// The input of a trigger of this kind.
    Trigger(&'a str),
    /// The arguments of a call.
    Arguments(&'a str),
    /// The result of a call, with its arguments as they were written. Where [`Redact::concerns`] did not
    /// ask for them, they are `()`.
    Result(&'a str, &'a Value),
    /// The handler's result.
    Outcome,
}

/// Decides what is redacted, and how it is hashed. The policy is the deployment's.
pub trait Redact: Send + Sync {
    /// Whether what crosses here can hold anything to redact; where not, the value is never taken apart.
    fn concerns(&self, crossing: Crossing<'_>) -> bool;

    /// Replaces what must not be written: a whole value by `Value::Redacted` of its token, a part of a
    /// text by its [stand-in](crate::stand_in). What it adds to `known` is hidden in the rest of the
    /// execution too. Applied twice it does nothing more: a replayed guest passes on stand-ins.
    fn redact(&self, crossing: Crossing<'_>, value: &mut Value, known: &mut Occurrences);

    /// The keyed hash of a value.
    fn token(&self, value: &[u8]) -> RedactionToken;
}

/// Redacts nothing: for guests whose data may be written as it is, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepAll;

impl Redact for KeepAll {
    fn concerns(&self, _: Crossing<'_>) -> bool {
        false
    }

    fn redact(&self, _: Crossing<'_>, _: &mut Value, _: &mut Occurrences) {}

    fn token(&self, value: &[u8]) -> RedactionToken {
        plain_token(value)
    }
}

/// All that one execution must not show: its secrets, and what a policy replaced in it.
#[derive(Debug)]
pub struct Hidden {
    known: Occurrences,
}

impl Hidden {
    /// Nothing so far. Stand-ins are marked in this way.
    pub fn new(marking: Marking) -> Self {
        Self { known: Occurrences::new(marking) }
    }

    /// How stand-ins are marked.
    pub fn marking(&self) -> Marking {
        self.known.marking()
    }

    /// Hides a secret from here on, and gives what stands for it. There is nothing to hide in an empty one.
    pub(crate) fn reveal(&mut self, redact: &dyn Redact, name: &str, value: &str) -> String {
        let value = value.as_bytes();
        let reference = self.marking().reference(name, value, &redact.token(value));
        self.known.add_secret(value, &reference)
    }

    /// Whether there is nothing to hide so far.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The value of canonical bytes as it may be written; none: as it is. What cannot be taken apart is
    /// hidden whole.
    pub fn value(&mut self, redact: &dyn Redact, crossing: Crossing<'_>, bytes: &[u8]) -> Option<Value> {
        let concerned = redact.concerns(crossing);
        if !concerned && !self.known.may_occur(bytes) {
            return None;
        }
        let Ok(mut value) = Value::read(bytes) else {
            return Some(Value::Redacted(redact.token(bytes)));
        };
        // What is known goes first: the policy has to see what it will see in a replay.
        self.known.hide(&mut value);
        if concerned {
            let known = self.known.len();
            redact.redact(crossing, &mut value, &mut self.known);
            if self.known.len() > known {
                self.known.hide(&mut value);
            }
        }
        Some(value)
    }

    /// An input's value as it may be written; none: as it is. What cannot be taken apart is left out.
    pub(crate) fn input(&self, bytes: &[u8]) -> Option<Value> {
        self.known.may_occur(bytes).then(|| {
            let mut value = Value::read(bytes).unwrap_or(Value::Unit);
            self.known.hide(&mut value);
            value
        })
    }

    /// A text as it may be written.
    pub fn text(&self, text: &str) -> String {
        match self.known.hidden(text.as_bytes()) {
            Some(hidden) => String::from_utf8_lossy(&hidden).into_owned(),
            None => text.to_owned(),
        }
    }

    /// A line of output as it may be written.
    pub fn output(&self, output: &mut Output) {
        if self.is_empty() {
            return;
        }
        output.texts().for_each(|text| *text = self.text(text));
    }

    /// The end as it may be written.
    pub fn end(&mut self, redact: &dyn Redact, end: &mut End) {
        match &mut end.outcome {
            Outcome::Returned(bytes) => {
                if let Some(value) = self.value(redact, Crossing::Outcome, bytes) {
                    *bytes = value.to_canonical();
                }
            }
            Outcome::Failed { message, backtrace, .. } => {
                *message = self.text(message);
                backtrace.iter_mut().for_each(|frame| *frame = self.text(frame));
            }
        }
    }
}

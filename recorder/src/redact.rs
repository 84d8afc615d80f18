//! What must not be written: the hook through which the host's policy acts before any byte leaves, and
//! what one execution knows that must be hidden wherever it stands.

use crate::canon::Encode;
use crate::copies::Copies;
use crate::event::{End, Outcome, Output};
use crate::value::{Token, Value};

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
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
    /// Whether this place can hold anything to redact; where not, the value is never taken apart.
    fn concerns(&self, place: Place<'_>) -> bool;

    /// Replaces what must not be written: a whole value by `Value::Redacted` of its token, a part of a
    /// text by its [stand-in](crate::stand_in). What it adds to `copies` is hidden in the rest of the
    /// execution too. Applied twice it does nothing more: a replayed guest passes on stand-ins.
    fn redact(&self, place: Place<'_>, value: &mut Value, copies: &mut Copies);

    /// The keyed hash of a value.
    fn token(&self, value: &[u8]) -> Token;
}

/// Redacts nothing: for guests whose data may be written as it is, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepAll;

impl Redact for KeepAll {
    fn concerns(&self, _: Place<'_>) -> bool {
        false
    }

    fn redact(&self, _: Place<'_>, _: &mut Value, _: &mut Copies) {}

    fn token(&self, value: &[u8]) -> Token {
        truncate(blake3::hash(value))
    }
}

/// A keyed BLAKE3 hash, cut to a token.
pub fn keyed_token(key: &[u8; 32], value: &[u8]) -> Token {
    truncate(blake3::keyed_hash(key, value))
}

fn truncate(hash: blake3::Hash) -> Token {
    let mut token = Token::default();
    token.copy_from_slice(&hash.as_bytes()[..16]);
    token
}

/// The secrets that an execution was given: wherever their value stands, its reference is written.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// What stands for a secret in journals, and what a guest is given in a replay.
    pub fn reference(name: &str) -> String {
        format!("{{{{secret {name}}}}}")
    }

    pub fn reveal(&mut self, name: &str, value: &str) {
        let known = self.0.iter().any(|(secret, _)| secret == value);
        if !value.is_empty() && !known {
            self.0.push((value.to_owned(), Self::reference(name)));
            // The longest first: a secret may be the beginning of another, whose rest would stay.
            self.0.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn hide(&self, value: &mut Value) {
        value.visit(&mut |value| match value {
            Value::String(text) => *text = self.hide_text(text),
            Value::Bytes(bytes) => *bytes = self.hide_bytes(bytes),
            _ => {}
        });
    }

    fn may_occur(&self, bytes: &[u8]) -> bool {
        let occurs = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        self.0.iter().any(|(secret, _)| occurs(secret))
    }

    pub fn hide_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (secret, reference)| text.replace(secret, reference))
    }

    fn hide_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.iter().fold(bytes.to_vec(), |bytes, (secret, reference)| {
            replace(&bytes, secret.as_bytes(), reference.as_bytes())
        })
    }
}

/// All that one execution must not show: its secrets, and what a policy replaced in it.
#[derive(Default)]
pub struct Hidden {
    secrets: Secrets,
    copies: Copies,
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hidden").field("copies", &self.copies).finish_non_exhaustive()
    }
}

impl Hidden {
    pub(crate) fn reveal(&mut self, name: &str, value: &str) {
        self.secrets.reveal(name, value);
    }

    /// Whether there is nothing to hide so far.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.copies.is_empty()
    }

    /// The value of canonical bytes as it may be written; none: as it is. What cannot be taken apart is
    /// hidden whole.
    pub fn value(&mut self, redact: &dyn Redact, place: Place<'_>, bytes: &[u8]) -> Option<Value> {
        let concerned = redact.concerns(place);
        if !concerned && !self.may_occur(bytes) {
            return None;
        }
        let Ok(mut value) = Value::read(bytes) else {
            return Some(Value::Redacted(redact.token(bytes)));
        };
        // What is known goes first: the policy has to see what it will see in a replay.
        self.hide(&mut value);
        if concerned {
            let known = self.copies.len();
            redact.redact(place, &mut value, &mut self.copies);
            if self.copies.len() > known {
                self.copies.hide(&mut value);
            }
        }
        Some(value)
    }

    /// An input's value as it may be written; none: as it is. What cannot be taken apart is left out.
    pub(crate) fn input(&self, bytes: &[u8]) -> Option<Value> {
        self.may_occur(bytes).then(|| {
            let mut value = Value::read(bytes).unwrap_or(Value::Unit);
            self.hide(&mut value);
            value
        })
    }

    /// A text as it may be written.
    pub fn text(&self, text: &str) -> String {
        let text = self.secrets.hide_text(text);
        match self.copies.hidden(text.as_bytes()) {
            Some(hidden) => String::from_utf8_lossy(&hidden).into_owned(),
            None => text,
        }
    }

    /// A line of output as it may be written.
    pub fn output(&self, output: &mut Output) {
        if self.is_empty() {
            return;
        }
        output.message = self.text(&output.message);
        for (name, value) in &mut output.fields {
            *name = self.text(name);
            *value = self.text(value);
        }
    }

    /// The end as it may be written.
    pub fn end(&mut self, redact: &dyn Redact, end: &mut End) {
        match &mut end.outcome {
            Outcome::Returned(bytes) => {
                if let Some(value) = self.value(redact, Place::Outcome, bytes) {
                    *bytes = value.to_canonical();
                }
            }
            Outcome::Failed { message, backtrace, .. } => {
                *message = self.text(message);
                backtrace.iter_mut().for_each(|frame| *frame = self.text(frame));
            }
        }
    }

    fn may_occur(&self, bytes: &[u8]) -> bool {
        self.secrets.may_occur(bytes) || !self.copies.is_empty() && self.copies.may_occur(bytes)
    }

    fn hide(&self, value: &mut Value) {
        self.secrets.hide(value);
        if !self.copies.is_empty() {
            self.copies.hide(value);
        }
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

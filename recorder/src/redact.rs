//! What must not be written: the hook through which the host's policy acts before any byte leaves.

use crate::event::Output;
use crate::value::{Token, Value};

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// The input of a trigger of this kind.
    Trigger(&'a str),
    /// The arguments of a call.
    Arguments(&'a str),
    /// The result of a call.
    Result(&'a str),
    /// The handler's result.
    Outcome,
}

/// Decides what is redacted, and how it is hashed. The policy is the deployment's.
pub trait Redact: Send + Sync {
    /// Whether this place can hold anything to redact; where not, the value is never taken apart.
    fn concerns(&self, place: Place<'_>) -> bool;

    /// Replaces what must not be written by `Value::Redacted` of its token.
    fn redact(&self, place: Place<'_>, value: &mut Value);

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

    fn redact(&self, _: Place<'_>, _: &mut Value) {}

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

    /// Canonical bytes without secrets; what cannot be taken apart is left out.
    pub fn hidden(&self, bytes: &[u8]) -> Value {
        let mut value = Value::read(bytes).unwrap_or(Value::Unit);
        self.hide(&mut value);
        value
    }

    pub fn hide_output(&self, output: &mut Output) {
        output.message = self.hide_text(&output.message);
        for (name, value) in &mut output.fields {
            *name = self.hide_text(name);
            *value = self.hide_text(value);
        }
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

/// The value of canonical bytes as it may be written. What cannot be taken apart is hidden whole.
pub(crate) fn redacted(
    redact: &dyn Redact,
    place: Place<'_>,
    bytes: &[u8],
    hide: impl FnOnce(&mut Value),
) -> Value {
    let Ok(mut value) = Value::read(bytes) else {
        return Value::Redacted(redact.token(bytes));
    };
    hide(&mut value);
    redact.redact(place, &mut value);
    value
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

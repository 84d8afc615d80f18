//! The policy of flux.toml with the key of one execution: what is replaced in which place.

use std::sync::Arc;

use flux_recorder::redact::{Place, Redact, keyed_token};
use flux_recorder::stand_in::in_json;
use flux_recorder::{Occurrences, Token, Value};

use super::json::{self, Kind, Path};
use super::{database, headers};
use crate::config::RedactConfig;

/// What `[record.redact]` names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Policy {
    pub headers: Vec<String>,
    pub json: Vec<Path>,
    /// With the database's label, or for all.
    pub columns: Vec<(Option<String>, String)>,
    pub buckets: Vec<String>,
}

impl Policy {
    /// Or the entry that is wrong.
    pub(super) fn new(config: &RedactConfig) -> Result<Self, String> {
        Ok(Self {
            headers: config.headers.clone(),
            json: config.json.iter().map(|text| path(text)).collect::<Result<_, _>>()?,
            columns: config.columns.iter().map(|text| column(text)).collect::<Result<_, _>>()?,
            buckets: config.buckets.clone(),
        })
    }

    fn bucket(&self, args: &Value) -> bool {
        label(args).is_some_and(|label| self.buckets.iter().any(|bucket| bucket == label))
    }

    fn concerns_http(&self) -> bool {
        !self.headers.is_empty() || !self.json.is_empty()
    }
}

/// What is wrong with an entry of `json`.
pub(crate) fn check_json(text: &str) -> Result<(), String> {
    path(text).map(drop)
}

fn path(text: &str) -> Result<Path, String> {
    let hint = "write one such as customer.email, items.*.card or **.email";
    Path::parse(text).ok_or_else(|| format!("'{text}' is no path of members; hint: {hint}"))
}

/// An entry of `columns`: the database, if it is of one, and the column.
pub(crate) fn column(text: &str) -> Result<(Option<String>, String), String> {
    match text.split_once('.') {
        Some(("", _)) | Some((_, "")) => {}
        None if text.is_empty() => {}
        Some((database, column)) => return Ok((Some(database.to_owned()), column.to_owned())),
        None => return Ok((None, text.to_owned())),
    }
    Err(format!("'{text}' is no column; hint: write one such as email or main.email"))
}

/// The label that a call's arguments begin with, without the number of a transaction.
pub(super) fn label(args: &Value) -> Option<&str> {
    match args {
        Value::Tuple(args) => match args.first() {
            Some(Value::String(label)) => label.split('#').next(),
            _ => None,
        },
        _ => None,
    }
}

/// A policy with a key: what redacts one execution.
#[derive(Clone)]
pub(super) struct Keyed {
    pub policy: Arc<Policy>,
    pub key: [u8; 32],
}

impl Redact for Keyed {
    fn concerns(&self, place: Place<'_>) -> bool {
        let it = &*self.policy;
        match place {
            Place::Trigger("job" | "cron") => !it.json.is_empty(),
            Place::Trigger(_) | Place::Outcome => it.concerns_http(),
            Place::Arguments(function) => match interface(function) {
                "fetch" => it.concerns_http(),
                "queue" => !it.json.is_empty(),
                "kv" => !it.buckets.is_empty() || !it.json.is_empty(),
                "db" => !it.columns.is_empty() || !it.json.is_empty(),
                _ => false,
            },
            Place::Result(function, args) => match interface(function) {
                "fetch" => it.concerns_http(),
                "kv" => !it.json.is_empty() || it.bucket(args),
                "db" => !it.json.is_empty() || database::concerns(it, args),
                _ => false,
            },
        }
    }

    fn redact(&self, place: Place<'_>, value: &mut Value, known: &mut Occurrences) {
        let mut at = Redacting { keyed: self, known };
        match (place, value) {
            (Place::Arguments(function), value) if interface(function) == "db" => {
                database::arguments(&mut at, value)
            }
            (Place::Result(function, args), value) if interface(function) == "db" => {
                database::result(&mut at, args, value);
            }
            (Place::Arguments(function), Value::Tuple(args)) if interface(function) == "kv" => {
                at.kv_arguments(args)
            }
            (Place::Result(function, args), Value::Result(result)) if interface(function) == "kv" => {
                at.kv_result(args, result);
            }
            (Place::Arguments("queue.send"), Value::Tuple(args)) => {
                args.iter_mut().skip(1).take(1).for_each(|payload| at.json(payload));
            }
            (Place::Result(_, _), Value::Result(Ok(message))) => at.message(message),
            (_, message) => at.message(message),
        }
    }

    fn token(&self, value: &[u8]) -> Token {
        keyed_token(&self.key, value)
    }
}

fn interface(function: &str) -> &str {
    function.split('.').next().unwrap_or_default()
}

/// One value on its way into a journal.
pub(super) struct Redacting<'a> {
    pub keyed: &'a Keyed,
    pub known: &'a mut Occurrences,
}

impl Redacting<'_> {
    pub(super) fn policy(&self) -> &Policy {
        &self.keyed.policy
    }

    /// What stands for a text; none: it stands as it is. Its other places are hidden from here on.
    pub(super) fn replace(&mut self, plain: &[u8]) -> Option<String> {
        let text = self.replaced(plain)?;
        self.known.add(plain, &text);
        Some(text)
    }

    /// The same for a text whose other places may be seen.
    pub(super) fn replaced(&self, plain: &[u8]) -> Option<String> {
        let marking = self.known.marking();
        self.hides(plain).then(|| marking.stand_in(plain, &self.keyed.token(plain)))
    }

    /// The same for what is no text in JSON: a number, a word, an object.
    fn replaced_other(&self, plain: &[u8]) -> Option<String> {
        let marking = self.known.marking();
        self.hides(plain).then(|| marking.stand_in_of_other(&self.keyed.token(plain)))
    }

    /// Whether there is anything to hide: not in an empty text, in what stands for a hidden one, and in a
    /// placeholder of a secret, which the host fills in.
    fn hides(&self, plain: &[u8]) -> bool {
        let placeholder = plain.starts_with(b"{{secret ") && plain.ends_with(b"}}");
        !plain.is_empty() && !placeholder && self.known.marking().whole_of(plain).is_none()
    }

    /// Replaces a text or bytes as a whole.
    pub(super) fn whole(&mut self, value: &mut Value) {
        let plain = match value {
            Value::String(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes.as_slice(),
            _ => return,
        };
        let text = self.replace(plain).map_or_else(|| plain.to_vec(), String::into_bytes);
        // A token says nothing of how a value is spelt, and a secret has a name.
        let found = self.known.marking().whole_of(&text);
        match found {
            Some(found) if found.plain && !found.secret => *value = Value::Redacted(found.token),
            _ if matches!(value, Value::Bytes(_)) => *value = Value::Bytes(text),
            _ => *value = Value::String(String::from_utf8_lossy(&text).into_owned()),
        }
    }

    /// A request, a response, a job: headers and bodies.
    fn message(&mut self, message: &mut Value) {
        if let Some(Value::List(headers)) = message.field_mut("headers") {
            headers.iter_mut().for_each(|header| headers::redact(self, header));
        }
        for body in ["body", "payload"] {
            if let Some(body) = message.field_mut(body) {
                self.json(body);
            }
        }
    }

    /// The members of a body that is JSON.
    pub(super) fn json(&mut self, body: &mut Value) {
        let bytes = match body {
            Value::Bytes(bytes) => bytes.as_slice(),
            Value::String(text) => text.as_bytes(),
            _ => return,
        };
        let mut out = Vec::new();
        let mut from = 0;
        for found in json::find(&self.policy().json, bytes) {
            if let Some(text) = self.member(&found, &bytes[found.span.clone()]) {
                out.extend_from_slice(&bytes[from..found.span.start]);
                out.extend_from_slice(format!("\"{text}\"").as_bytes());
                from = found.span.end;
            }
        }
        if from == 0 {
            return;
        }
        out.extend_from_slice(&bytes[from..]);
        *body = match body {
            Value::String(_) => Value::String(String::from_utf8_lossy(&out).into_owned()),
            _ => Value::Bytes(out),
        };
    }

    /// What stands for a member of a body, between quotes; `raw` is the member as it stands there.
    fn member(&mut self, found: &json::Found, raw: &[u8]) -> Option<String> {
        let plain = &found.plain;
        if found.kind == Kind::Text {
            let text = self.replace(plain)?;
            let inner = raw.strip_prefix(b"\"").unwrap_or(raw);
            return Some(in_json(&text, inner.strip_suffix(b"\"").unwrap_or(inner)));
        }
        if found.kind == Kind::Compound {
            json::leaves(plain).iter().for_each(|leaf| drop(self.replace(&leaf.plain)));
        }
        let text = self.replaced_other(plain)?;
        // Either word is in every text.
        if found.kind != Kind::Word {
            self.known.add(plain, &text);
        }
        Some(text)
    }

    /// The key or prefix, and what else is text: a value, a cursor.
    fn kv_arguments(&mut self, args: &mut [Value]) {
        let redacted = match args.first() {
            Some(Value::String(label)) => self.policy().buckets.contains(label),
            _ => false,
        };
        for arg in args.iter_mut().skip(1) {
            match arg {
                Value::Option(Some(cursor)) if redacted => self.whole(cursor),
                arg if redacted => self.whole(arg),
                Value::Bytes(_) => self.json(arg),
                _ => {}
            }
        }
    }

    fn kv_result(&mut self, args: &Value, result: &mut Result<Box<Value>, Box<Value>>) {
        let redacted = self.policy().bucket(args);
        match result {
            // A back end's message may name the key.
            Err(error) if redacted => {
                if let Value::Variant(_, text) = &mut **error {
                    self.message_of_error(text);
                }
            }
            Ok(found) => {
                let entry = match &mut **found {
                    Value::Option(Some(entry)) => entry,
                    _ => found,
                };
                match entry.field_mut("value") {
                    Some(value) if redacted => self.whole(value),
                    Some(value) => self.json(value),
                    None => {}
                }
                if redacted {
                    self.page(entry);
                }
            }
            Err(_) => {}
        }
    }

    fn page(&mut self, page: &mut Value) {
        if let Some(Value::List(keys)) = page.field_mut("keys") {
            keys.iter_mut().for_each(|key| self.whole(key));
        }
        if let Some(Value::Option(Some(next))) = page.field_mut("next") {
            self.whole(next);
        }
    }

    /// What a back end says. A guest passes it on.
    pub(super) fn message_of_error(&mut self, text: &mut Value) {
        if matches!(text, Value::String(_)) {
            self.whole(text);
        }
    }
}

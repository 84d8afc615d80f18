//! The policy of what is never written: named headers, in both directions.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flux_host::Environment;
use flux_recorder::redact::{Place, Redact, keyed_token};
use flux_recorder::{Token, Value};

use crate::config::RedactConfig;

/// The deployment's key: 32 bytes in a file of the data folder, never in the store.
const KEY_FILE: &str = "redaction.key";

/// Headers by name, hashed with the deployment's key.
pub struct Redaction {
    headers: Vec<String>,
    key: [u8; 32],
}

impl Redaction {
    /// Reads the key of a data folder, or makes one.
    pub fn open(config: &RedactConfig, data: &Path, environment: &dyn Environment) -> std::io::Result<Self> {
        let path = data.join(KEY_FILE);
        let key = match std::fs::read(&path) {
            Ok(bytes) => {
                bytes.try_into().map_err(|_| std::io::Error::other("the key is not 32 bytes long"))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make_key(&path, environment)?,
            Err(error) => return Err(error),
        };
        Ok(Self { headers: lower_case(config), key })
    }

    /// For a replay: the key as it is, and nothing is made. Where there is none, as with a recording
    /// from elsewhere, tokens of new values match no recorded ones.
    pub fn for_replay(config: &RedactConfig, data: &Path) -> Self {
        let key = std::fs::read(data.join(KEY_FILE)).ok().and_then(|bytes| bytes.try_into().ok());
        Self { headers: lower_case(config), key: key.unwrap_or_default() }
    }

    fn is_named(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name))
    }

    /// Redacts the named headers of a request or response.
    fn headers(&self, message: &mut Value) {
        let Some(Value::List(headers)) = message.field_mut("headers") else {
            return;
        };
        for header in headers {
            let Value::Tuple(pair) = header else { continue };
            if let [Value::String(name), value] = pair.as_mut_slice()
                && self.is_named(name)
                && let Value::String(text) = value
            {
                *value = Value::Redacted(self.text_token(text));
            }
        }
    }

    /// A text that is a token already, as a guest sees it in a replay, stays that token.
    fn text_token(&self, text: &str) -> Token {
        let hex = text.strip_prefix("redacted:").filter(|hex| hex.len() == 32 && hex.is_ascii());
        let byte = |hex: &str, at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok();
        let parsed = hex.and_then(|hex| (0..16).map(|at| byte(hex, at)).collect::<Option<Vec<_>>>());
        match parsed.and_then(|bytes| Token::try_from(bytes).ok()) {
            Some(token) => token,
            None => self.token(text.as_bytes()),
        }
    }
}

fn lower_case(config: &RedactConfig) -> Vec<String> {
    config.headers.iter().map(|name| name.to_ascii_lowercase()).collect()
}

fn make_key(path: &Path, environment: &dyn Environment) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    environment.fill(&mut key);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&key)?;
    Ok(key)
}

impl Redact for Redaction {
    fn concerns(&self, place: Place<'_>) -> bool {
        let has_headers = match place {
            Place::Trigger(kind) => kind == "http",
            Place::Arguments(function) | Place::Result(function) => function == "fetch.send",
            Place::Outcome => true,
        };
        has_headers && !self.headers.is_empty()
    }

    fn redact(&self, place: Place<'_>, value: &mut Value) {
        match (place, value) {
            (Place::Arguments(_), Value::Tuple(args)) => args.iter_mut().for_each(|arg| self.headers(arg)),
            (Place::Result(_), Value::Result(Ok(response))) => self.headers(response),
            (_, value) => self.headers(value),
        }
    }

    fn token(&self, value: &[u8]) -> Token {
        keyed_token(&self.key, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction() -> Redaction {
        Redaction { headers: vec!["authorization".to_owned()], key: [1; 32] }
    }

    fn request(value: &str) -> Value {
        let pair = |name: &str, value: &str| {
            Value::Tuple(vec![Value::String(name.to_owned()), Value::String(value.to_owned())])
        };
        let headers = Value::List(vec![pair("accept", "*/*"), pair("Authorization", value)]);
        Value::Record(vec![("headers".to_owned(), headers)])
    }

    #[test]
    fn a_named_header_becomes_a_token_and_others_stay() {
        let mut value = request("Bearer x");
        redaction().redact(Place::Trigger("http"), &mut value);
        let text = value.to_string();
        assert!(text.contains("*/*") && text.contains("redacted:") && !text.contains("Bearer"), "{text}");
    }

    #[test]
    fn what_a_guest_sees_in_a_replay_matches_what_was_recorded() {
        let mut recorded = request("Bearer x");
        redaction().redact(Place::Trigger("http"), &mut recorded);
        let token = keyed_token(&[1; 32], b"Bearer x");
        let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut replayed = request(&format!("redacted:{hex}"));
        redaction().redact(Place::Trigger("http"), &mut replayed);
        assert_eq!(recorded, replayed);
    }
}

//! Secrets in every form in which they may have been written.

use std::collections::HashMap;

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

/// Secrets, in every form that is looked for.
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
    /// Secrets by name, with their values, or the places where these are missing.
    pub fn new(secrets: impl IntoIterator<Item = (String, Result<String, String>)>) -> Self {
        let mut needles = Self::default();
        for (name, value) in secrets {
            match value {
                Ok(value) if value.len() < SHORTEST => {
                    let why = format!("it has fewer than {SHORTEST} bytes");
                    needles.unchecked.push((name, why));
                }
                Ok(value) => needles.add(&name, &value),
                Err(place) => needles.unchecked.push((name, format!("{place} is not there"))),
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

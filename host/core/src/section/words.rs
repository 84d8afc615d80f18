//! What a fault says to whoever wrote flux.toml.

use super::reader::{Fault, What};

/// How many names are compared, at the most: there may be as many mistakes as names.
const COMPARED: usize = 1000;

/// The name among `known` that is most like `name`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().take(COMPARED).map(|known| (strsim::jaro_winkler(name, known), known));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(score, _)| *score > 0.7).map(|(_, name)| name)
}

/// A hint that names the nearest of some names, or all of them.
pub(super) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    all: &str,
) -> String {
    match nearest(name, known.clone()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => format!("{all}: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

impl Fault {
    /// What is wrong, and what to write; none where that was said already.
    pub(super) fn words(&self) -> Option<(String, String)> {
        Some(match &self.what {
            What::MissingKey { told: true, .. } | What::Consequence => return None,
            What::MissingKey { key, .. } => {
                (format!("the key '{key}' is missing{}", self.table(" from")), format!("add {key} = \"…\""))
            }
            What::UnknownKey { key, known } => (
                format!("there is no key '{key}'{}", self.table(" in")),
                did_you_mean(key, known.iter().copied(), "the keys here are"),
            ),
            What::UnknownWord { word, known } => (
                format!("{} cannot be '{word}'", self.subject()),
                did_you_mean(word, known.iter().copied(), "write one of"),
            ),
            What::Kind { expected, found, text } => {
                let expected = Expected::of(expected);
                let message = format!("{} must be {}, not {found}", self.subject(), expected.name());
                (message, expected.hint(self.key(), text.as_deref()))
            }
            What::Range { expected } => (
                format!("{} is outside its range", self.subject()),
                format!("write a whole number {}", range(expected)),
            ),
            What::Own(text) => match text.split_once("; hint: ") {
                Some((message, hint)) => (message.to_owned(), hint.to_owned()),
                None => (text.clone(), "docs/flux-toml.md has an example of every key".to_owned()),
            },
        })
    }

    /// The table that the fault is in, as its heading has it.
    fn table(&self, word: &str) -> String {
        let keys: Vec<&str> = self.path.iter().flatten().map(String::as_str).collect();
        match (keys.is_empty(), self.path.last()) {
            (true, _) => String::new(),
            (_, Some(None)) => format!("{word} [[{}]]", keys.join(".")),
            _ => format!("{word} [{}]", keys.join(".")),
        }
    }

    fn key(&self) -> &str {
        self.path.iter().flatten().last().map_or("", String::as_str)
    }

    fn subject(&self) -> String {
        match self.path.last() {
            Some(None) => format!("an entry of '{}'", self.key()),
            Some(Some(key)) => format!("'{key}'"),
            None => "flux.toml".to_owned(),
        }
    }
}

/// What serde expected, in the words of a user.
#[derive(Clone, Copy)]
enum Expected<'a> {
    Number,
    Text,
    Yes,
    List,
    Table,
    Other(&'a str),
}

impl<'a> Expected<'a> {
    fn of(expected: &'a str) -> Self {
        match expected {
            "usize" | "u64" | "u32" | "u16" | "u8" | "i64" | "i32" => Self::Number,
            "a boolean" => Self::Yes,
            "a sequence" => Self::List,
            "a map" => Self::Table,
            _ if expected.starts_with("struct ") => Self::Table,
            _ if expected.starts_with("enum ") || expected.ends_with(" string") => Self::Text,
            other => Self::Other(other),
        }
    }

    fn name(self) -> &'a str {
        match self {
            Self::Number => "a whole number",
            Self::Text => "a text in quotes",
            Self::Yes => "true or false",
            Self::List => "a list",
            Self::Table => "a table",
            Self::Other(other) => other,
        }
    }

    fn hint(self, key: &str, found: Option<&str>) -> String {
        match (self, found) {
            (Self::Number, Some(text)) => {
                match text.trim().replace('_', "").parse::<u64>().ok().or(bytes(text)) {
                    Some(number) => format!("write {key} = {number}"),
                    None => format!("write a number without quotes and without a unit: {key} = 1000"),
                }
            }
            (Self::Number, None) => format!("write a number without a point: {key} = 1000"),
            (Self::Text, _) => format!("write it in quotes: {key} = \"…\""),
            (Self::Yes, _) => format!("write {key} = true, or {key} = false"),
            (Self::List, Some(text)) => format!("write {key} = [\"{text}\"]"),
            (Self::List, None) => format!("write {key} = [\"…\", \"…\"]"),
            (Self::Table, _) => format!("write its keys below a heading [{key}], or between braces"),
            (Self::Other(other), _) => format!("write {other}"),
        }
    }
}

/// The bytes of a size such as `64 MiB` or `1GB`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().ok()?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn range(expected: &str) -> String {
    match expected {
        "u8" => "from 0 to 255".to_owned(),
        "u16" => "from 0 to 65535".to_owned(),
        "u32" => format!("from 0 to {}", u32::MAX),
        _ => format!("from 0 to {}", i64::MAX),
    }
}

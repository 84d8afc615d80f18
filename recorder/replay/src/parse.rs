//! Reads a path: `root`, then `.name`, `."quoted name"`, `[index]`, `.*` or `[*]`; `[order]` or `[layout]` at the end.

use std::str::FromStr;

use crate::json;
use crate::path::{Path, Step};

/// An entry of `[replay]` in flux.toml that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// An entry of `ignore` or `layout` is no path.
    #[error("'{entry}' is no path: {wrong}, at character {at}")]
    Path {
        /// The entry.
        entry: String,
        /// Where it stops being one, in characters from 1.
        at: usize,
        /// What stands there.
        wrong: &'static str,
        /// What to write.
        hint: String,
    },
    /// An entry of `layout` ends in a part of the layout.
    #[error("'{entry}' is a part of a layout, and layout covers the whole")]
    PartOfLayout {
        /// The entry.
        entry: String,
        /// The value whose layout it is, as flux.toml has it.
        value: String,
    },
    /// An entry of `unordered` is no function's name.
    #[error("'{entry}' is no function: 'kv.bucket.get' is one")]
    Function {
        /// The entry.
        entry: String,
    },
}

impl PatternError {
    /// What to write.
    pub fn hint(&self) -> String {
        match self {
            Self::Path { hint, .. } => hint.clone(),
            Self::PartOfLayout { value, .. } => format!("name the value alone: layout = [{value}]"),
            Self::Function { .. } => "name a function as a report does, without its arguments".to_owned(),
        }
    }
}

/// Whether a text is a function's name: names between dots.
pub(crate) fn is_function(text: &str) -> bool {
    text.split('.').all(|name| !name.is_empty() && !name.contains(is_special))
}

/// What no name has outside quotes.
fn is_special(letter: char) -> bool {
    matches!(letter, '.' | '[' | ']' | '"' | '#' | '*' | '\\')
        || letter.is_whitespace()
        || letter.is_control()
}

impl FromStr for Path {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Parser { text, at: 0 }.path()
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = Result<T, PatternError>;

impl<'a> Parser<'a> {
    fn path(mut self) -> Parsed<Path> {
        let mut steps = vec![self.named()?];
        while !self.rest().is_empty() {
            if matches!(steps.last(), Some(Step::Order | Step::Layout)) {
                return self
                    .wrong("something follows the last step", "end the path with [order] or [layout]");
            }
            steps.push(self.step()?);
        }
        Ok(Path::new(steps))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong<T>(&self, wrong: &'static str, hint: impl Into<String>) -> Parsed<T> {
        let at = self.text[..self.at].chars().count() + 1;
        Err(PatternError::Path { entry: self.text.to_owned(), at, wrong, hint: hint.into() })
    }

    fn step(&mut self) -> Parsed<Step> {
        if self.take(".") {
            self.named()
        } else if self.rest().starts_with('[') {
            self.bracketed()
        } else {
            self.wrong("a step begins with '.' or '['", self.quoted_whole())
        }
    }

    /// How the name would be written that this step was perhaps meant to be.
    fn quoted_whole(&self) -> String {
        let start = self.text[..self.at].rfind(['.', ']']).map_or(0, |at| at + 1);
        let end = self.rest().find(['.', '[']).map_or(self.text.len(), |length| self.at + length);
        let mut name = String::new();
        // Writing to a String cannot fail.
        let _ = crate::path::write_quoted(&mut name, &self.text[start..end]);
        format!("put a name with such characters into quotes: {name}")
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn named(&mut self) -> Parsed<Step> {
        if self.take("*") {
            return Ok(Step::Any);
        }
        let name = if self.rest().starts_with('"') { self.quoted()? } else { self.bare()?.to_owned() };
        let occurrence = if self.take("#") { Some(self.occurrence()?) } else { None };
        Ok(Step::Name { name: name.into(), occurrence })
    }

    fn bare(&mut self) -> Parsed<&'a str> {
        let rest = self.rest();
        let name = &rest[..rest.find(is_special).unwrap_or(rest.len())];
        if name.is_empty() {
            return self
                .wrong("a name is missing", "write a name, or \"\" for the member whose name is empty");
        }
        self.at += name.len();
        Ok(name)
    }

    fn quoted(&mut self) -> Parsed<String> {
        let Some(end) = json::string_end(self.text.as_bytes(), self.at) else {
            return self.wrong("a quoted name is not a JSON string", "write it as JSON does: \"user.role\"");
        };
        let name = json::unescaped(&self.text[self.at..end]).into_owned();
        self.at = end;
        Ok(name)
    }

    fn occurrence(&mut self) -> Parsed<usize> {
        let start = self.at;
        match self.digits() {
            Some(number) if number > 0 => Ok(number),
            _ => {
                self.at = start;
                self.wrong("the number of an occurrence is missing", "occurrences count from 1: name#2")
            }
        }
    }

    /// A number without leading zeros.
    fn digits(&mut self) -> Option<usize> {
        let rest = self.rest();
        let digits = &rest[..rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len())];
        let number = digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'))?;
        self.at += digits.len();
        Some(number)
    }

    fn bracketed(&mut self) -> Parsed<Step> {
        for (text, step) in [("[*]", Step::Any), ("[order]", Step::Order), ("[layout]", Step::Layout)] {
            if self.take(text) {
                return Ok(step);
            }
        }
        let start = self.at;
        self.at += 1;
        match self.digits() {
            Some(index) if self.take("]") => Ok(Step::Index(index)),
            _ => {
                self.at = start;
                self.wrong("brackets hold an index, *, order or layout", "write a member's name behind a dot")
            }
        }
    }
}

//! Reads flux.toml section by section, and collects what is wrong with it.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use super::checking::Checking;
use super::document::{Document, Node, Value};
use super::gaps::{Gaps, Id};
use super::mistake::Mistake;
use super::places::{Address, UrlKind, fill};
use super::reader::{Fault, Reader, What};
use super::words::did_you_mean;

/// The longest label.
const MAX_LABEL: usize = 64;

/// See the [module](self).
#[derive(Debug)]
pub struct Findings<'a> {
    document: &'a Document<'a>,
    gaps: Gaps,
    mistakes: Vec<Mistake>,
    warnings: Vec<Mistake>,
}

impl<'a> Findings<'a> {
    /// Nothing was found yet.
    pub fn new(document: &'a Document<'a>) -> Self {
        Self { document, gaps: Gaps::default(), mistakes: Vec::new(), warnings: Vec::new() }
    }

    /// All mistakes and all warnings, in the order of the text.
    pub fn into_mistakes_and_warnings(self) -> (Vec<Mistake>, Vec<Mistake>) {
        let sorted = |mut found: Vec<Mistake>| {
            found.sort_by_key(|mistake| (mistake.line, mistake.column));
            found.dedup();
            found
        };
        (sorted(self.mistakes), sorted(self.warnings))
    }

    /// Reads a section: a struct whose fields are tables of flux.toml. What has a mistake is left out.
    pub fn read<T: DeserializeOwned + Default>(&mut self) -> T {
        loop {
            let reader = Reader { node: self.document.root(), gaps: &self.gaps };
            match T::deserialize(reader) {
                // Of what a search read, nothing is kept.
                Ok(_) if self.gaps.is_search() => self.gaps.search(false),
                Ok(read) => return read,
                Err(fault) if self.leave_out(&fault) => {
                    if !self.gaps.is_search() {
                        self.gaps.search(true);
                    }
                }
                Err(_) => {
                    self.gaps.search(false);
                    return T::default();
                }
            }
        }
    }

    /// Reports a fault, and makes its entry a gap. False: nothing would be left.
    fn leave_out(&mut self, fault: &Fault) -> bool {
        if let Some((message, hint)) = fault.words() {
            self.mistakes.push(Mistake::new(&self.document.lines, fault.at.clone(), message, hint));
        }
        let Some(id) = fault.id else { return false };
        if let What::MissingKey { key, .. } = fault.what
            && self.gaps.fill(id, key)
        {
            return true;
        }
        id != Id::ROOT && self.gaps.leave_out(id)
    }

    /// Reports what is wrong with the value at a path such as `["db", "main", "sqlite"]`, or with the table that has
    /// it. The place in a list is a number. A value that has a mistake already gets no second one.
    pub fn add(&mut self, path: &[&str], message: impl Into<String>, hint: impl Into<String>) {
        if let Some(node) = self.find(path) {
            self.mistakes.push(Mistake::new(&self.document.lines, node.at, message, hint));
        }
    }

    /// The same for what may be meant so: nothing fails for it.
    pub fn warn(&mut self, path: &[&str], message: impl Into<String>, hint: impl Into<String>) {
        if let Some(node) = self.find(path) {
            self.warnings.push(Mistake::new(&self.document.lines, node.at, message, hint));
        }
    }

    /// The value at a path, or the nearest table above it; none: it has a mistake already.
    fn find(&self, path: &[&str]) -> Option<Node<'_>> {
        let (node, rest) = self.walk(path);
        match rest.first() {
            Some(step) if self.is_gap(&node, step) => None,
            _ => Some(node),
        }
    }

    /// The last value on a path that is there and has no mistake, and the rest of the path.
    fn walk<'p>(&self, path: &'p [&'p str]) -> (Node<'_>, &'p [&'p str]) {
        let mut node = self.document.root();
        for (depth, step) in path.iter().enumerate() {
            let next = match (node.value, step.parse()) {
                (Value::List(_), Ok(place)) => node.item(place, &self.gaps),
                _ => node.entry(step, &self.gaps),
            };
            match next {
                Some(next) => node = next,
                None => return (node, &path[depth..]),
            }
        }
        (node, &[])
    }

    fn is_gap(&self, table: &Node<'_>, key: &str) -> bool {
        table.key(key).is_some() || self.gaps.filled(table.id).contains(&key)
    }

    /// The line of the value at a path, from 1; none: flux.toml does not have it.
    pub fn line(&self, path: &[&str]) -> Option<usize> {
        let (node, rest) = self.walk(path);
        rest.is_empty().then(|| self.document.lines.number(node.at.start))
    }

    /// Whether a part of flux.toml could not be read.
    pub fn is_broken(&self) -> bool {
        !self.gaps.are_none()
    }

    /// The names in a table of flux.toml, those with mistakes too.
    pub fn names(&self, table: &str) -> Vec<&'a str> {
        self.document.names(Some(table)).collect()
    }

    /// Whether a table of flux.toml has a name, be it with a mistake.
    pub fn has(&self, table: &str, name: &str) -> bool {
        self.document.has(table, name)
    }

    /// Reports each table of flux.toml that is none of `known`.
    pub fn only(&mut self, known: &[&str]) {
        let unknown = self.document.names(None).filter(|name| !known.contains(name));
        for name in unknown.collect::<Vec<_>>() {
            let hint = did_you_mean(name, known.iter().copied(), "the tables of flux.toml are");
            self.add(&[name], format!("there is no table '{name}'"), hint);
            if let Some(id) = self.document.root().key(name) {
                self.gaps.leave_out(id);
            }
        }
    }

    /// Reports each name in a table that guests and tools could not use.
    pub fn labels(&mut self, table: &str) {
        for name in self.names(table) {
            if !is_label(name) {
                let message = format!("'{name}' cannot be a name in [{table}]");
                let hint = "a name has ASCII letters, digits, '-' and '_', begins with a letter or digit, and has \
                            64 characters at the most";
                self.add(&[table, name], message, hint);
            }
        }
    }

    /// Reports a 0 where nothing would work with it.
    pub fn not_zero(&mut self, path: &[&str], value: u64, why: &str) {
        if value == 0 {
            let key = path.last().copied().unwrap_or_default();
            let hint = "write a number of 1 or more, or take the line out for the default";
            self.add(path, format!("'{key}' is 0: {why}"), hint);
        }
    }

    /// Reports an empty text where a name must stand.
    pub fn not_empty(&mut self, path: &[&str], value: &str, example: &str) {
        if value.is_empty() {
            let key = path.last().copied().unwrap_or_default();
            self.add(path, format!("'{key}' is empty"), format!("write one such as {key} = \"{example}\""));
        }
    }

    /// Reports a table that names none of some keys, or several. `write` is what each may look like.
    pub fn one_of(&mut self, table: &[&str], keys: &[(&str, bool)], write: &str) {
        if keys.iter().all(|(_, named)| !named) && self.is_whole(table) {
            self.add(table, format!("[{}] has no back end", table.join(".")), format!("add one of {write}"));
        }
        self.at_most_one_of(table, keys);
    }

    /// Reports the second of some keys, of which a table may name one.
    pub fn at_most_one_of(&mut self, table: &[&str], keys: &[(&str, bool)]) {
        let named: Vec<&str> = keys.iter().filter(|(_, named)| *named).map(|(key, _)| *key).collect();
        if let [_, second, ..] = named[..] {
            let message =
                format!("[{}] has {} back ends: {}", table.join("."), named.len(), named.join(" and "));
            let hint = format!("keep one of the lines: {}", named.join(", "));
            self.add(&[table, &[second]].concat(), message, hint);
        }
    }

    /// Whether a table was read whole: nothing in it had to be left out.
    pub fn is_whole(&self, table: &[&str]) -> bool {
        self.find(table).is_some_and(|table| !table.has_gap(&self.gaps))
    }

    /// Reports what does not parse. A hint may follow `; hint: ` in the error.
    pub fn parsed<T, E: Display>(&mut self, path: &[&str], parsed: Result<T, E>, usual: &str) -> Option<T> {
        match parsed {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let text = error.to_string();
                let (message, hint) = text.split_once("; hint: ").unwrap_or((&text, usual));
                self.add(path, message, hint);
                None
            }
        }
    }

    /// Checks the address of a service: its URL, and before a run that it is there.
    pub fn address(&mut self, path: &[&str], address: &Address, project: &Checking<'_>, kind: &UrlKind) {
        let url = match address {
            Address::Origin(_) if !project.is_for_run() => return,
            Address::Url(url) => Ok(url.clone()),
            Address::Origin(origin) => origin.read(project.folder),
        };
        match url {
            Err(place) => {
                let hint = format!("{}, or write the URL itself", fill(&place));
                self.add(path, format!("the address is not in {place}"), hint);
            }
            // The URL itself is not repeated: it may have a password.
            Ok(url) => {
                if let Err(why) = kind.check(&url) {
                    let colon = if why.is_empty() { "" } else { ": " };
                    let message = format!("this is no address of {}{colon}{why}", kind.service);
                    self.add(path, message, kind.hint());
                }
            }
        }
    }
}

fn is_label(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    begins && name.len() <= MAX_LABEL && name.chars().all(fits)
}

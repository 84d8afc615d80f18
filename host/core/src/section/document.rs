//! A flux.toml as TOML has it: tables, and where each key and value stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::gaps::{Gaps, Id};
use super::lines::Lines;
use super::mistake::Mistake;

/// What TOML that does not parse is told.
const SYNTAX: &str =
    "flux.toml is TOML: [table], then lines such as key = \"text\", key = 1 or key = [\"a\", \"b\"]";

/// See the [module](self).
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) lines: Lines<'a>,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses a text. What is no TOML is one mistake: what stands behind it may mean anything.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        let lines = Lines::of(text);
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { lines, root: root.into_inner() }),
            Err(error) => {
                let message = error.message().lines().next().unwrap_or_default().to_owned();
                let hint = match message.as_str() {
                    "duplicate key" => "take one of the two out, or give it another name",
                    // What begins like a word is taken for true or false.
                    text if text.starts_with("string values must be")
                        || text.starts_with("invalid boolean") =>
                    {
                        "write a text in quotes, key = \"text\"; or true, or false"
                    }
                    _ => SYNTAX,
                };
                Err(Mistake::new(&lines, error.span().unwrap_or(0..0), message, hint))
            }
        }
    }

    /// The document as a whole.
    pub(super) fn root(&self) -> Node<'_> {
        Node { value: Value::Table(&self.root), id: Id::ROOT, at: 0..0 }
    }

    /// Whether a table of the document has a name.
    pub(super) fn has(&self, table: &str, name: &str) -> bool {
        let table = self.root.get(table).and_then(|value| value.get_ref().as_table());
        table.is_some_and(|table| table.contains_key(name))
    }

    /// The names in the top table, or in one of its tables.
    pub fn names<'d>(&'d self, table: Option<&str>) -> impl Iterator<Item = &'d str> {
        let found = match table {
            None => Some(&self.root),
            Some(name) => self.root.get(name).and_then(|value| value.get_ref().as_table()),
        };
        found.into_iter().flat_map(|table| table.keys().map(|key| &**key.get_ref()))
    }
}

/// A value, and where it is shown.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub value: Value<'a>,
    pub id: Id,
    pub at: Range<usize>,
}

/// A value; the root is a table that stands nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Table(&'a DeTable<'a>),
    List(&'a DeArray<'a>),
    Plain(&'a DeValue<'a>),
}

pub(super) type Entry<'a> = (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>);

impl<'a> Node<'a> {
    /// An entry of a table. A table is shown by its heading, between braces, or by its key.
    pub fn of_entry((key, value): Entry<'a>) -> Self {
        Self { value: Value::of(value), id: Id(key.span().start), at: value.span() }
    }

    /// An entry of a list.
    pub fn of_item(item: &'a Spanned<DeValue<'a>>) -> Self {
        Self { value: Value::of(item), id: Id(item.span().start), at: item.span() }
    }

    /// The entries of a table that are not left out, each with its place among all, without the first `passed` of all.
    pub fn entries(
        &self,
        passed: usize,
        gaps: &'a Gaps,
    ) -> impl Iterator<Item = (usize, Entry<'a>)> + use<'a> {
        let table = match self.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        let entries = table.into_iter().flat_map(|table| table.iter()).enumerate().skip(passed);
        entries.filter(|(_, entry)| is_there(entry, gaps))
    }

    /// The entry of a table with this name, unless it is left out.
    pub fn entry(&self, name: &str, gaps: &Gaps) -> Option<Self> {
        let Value::Table(table) = self.value else { return None };
        table.get_key_value(name).filter(|entry| is_there(entry, gaps)).map(Node::of_entry)
    }

    /// The entry of a list that has this place among those that are not left out.
    pub fn item(&self, place: usize, gaps: &Gaps) -> Option<Self> {
        let Value::List(list) = self.value else { return None };
        let starts = || list.iter().map(|item| Id(item.span().start));
        list.get(gaps.place(self.id, place, starts)?).map(Node::of_item)
    }

    /// Whether something is left out of this table.
    pub fn has_gap(&self, gaps: &Gaps) -> bool {
        match self.value {
            Value::Table(table) => table.keys().any(|key| gaps.has(Id(key.span().start))),
            _ => false,
        }
    }

    /// The id of a key of this table, whether it is left out or not.
    pub fn key(&self, name: &str) -> Option<Id> {
        match self.value {
            Value::Table(table) => table.get_key_value(name).map(|(key, _)| Id(key.span().start)),
            _ => None,
        }
    }
}

fn is_there((key, _): &Entry<'_>, gaps: &Gaps) -> bool {
    !gaps.has(Id(key.span().start))
}

impl<'a> Value<'a> {
    fn of(value: &'a Spanned<DeValue<'a>>) -> Self {
        match value.get_ref() {
            DeValue::Table(table) => Self::Table(table),
            DeValue::Array(list) => Self::List(list),
            plain => Self::Plain(plain),
        }
    }
}

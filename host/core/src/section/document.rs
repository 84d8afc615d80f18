//! A flux.toml as TOML has it: tables, and where each key and value stands.

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::mistake::Mistake;

/// What TOML that does not parse is told.
const SYNTAX: &str =
    "flux.toml is TOML: [table], then lines such as key = \"text\", key = 1 or key = [\"a\", \"b\"]";

/// See the [module](self).
#[derive(Debug)]
pub struct Document<'a> {
    /// The whole text.
    pub(super) text: &'a str,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses a text. What is no TOML is one mistake: what stands behind it may mean anything.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { text, root: root.into_inner() }),
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
                Err(Mistake::new(text, error.span().unwrap_or(0..0), message, hint))
            }
        }
    }

    /// The document as a whole.
    pub(super) fn root(&self) -> Node<'_> {
        Node { value: Value::Table(&self.root), id: Id::ROOT, at: 0..0 }
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

/// Names one entry of a table or of a list by where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(usize);

impl Id {
    /// The whole document.
    pub const ROOT: Self = Self(usize::MAX);
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

/// Entries that are left out since they have a mistake, and keys that are missing and taken for empty.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub left_out: HashSet<Id>,
    pub filled: HashSet<(Id, &'static str)>,
}

type Entry<'a> = (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>);

impl<'a> Node<'a> {
    /// An entry of a table. A table is shown by its heading, between braces, or by its key.
    pub fn of_entry((key, value): Entry<'a>) -> Self {
        Self { value: Value::of(value), id: Id(key.span().start), at: value.span() }
    }

    /// An entry of a list.
    pub fn of_item(item: &'a Spanned<DeValue<'a>>) -> Self {
        Self { value: Value::of(item), id: Id(item.span().start), at: item.span() }
    }

    /// The entries of a table that are not left out.
    pub fn entries(&self, gaps: &'a Gaps) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let table = match self.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        let is_there = |(key, _): &Entry<'a>| !gaps.left_out.contains(&Id(key.span().start));
        table.into_iter().flat_map(|table| table.iter()).filter(is_there)
    }

    /// The entries of a list that are not left out.
    pub fn items(&self, gaps: &'a Gaps) -> impl Iterator<Item = Self> + use<'a> {
        let list = match self.value {
            Value::List(list) => Some(list),
            _ => None,
        };
        let items = list.into_iter().flat_map(|list| list.iter()).map(Node::of_item);
        items.filter(|item| !gaps.left_out.contains(&item.id))
    }

    /// Whether something is left out of this table.
    pub fn has_gap(&self, gaps: &Gaps) -> bool {
        match self.value {
            Value::Table(table) => table.keys().any(|key| gaps.left_out.contains(&Id(key.span().start))),
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

impl<'a> Value<'a> {
    fn of(value: &'a Spanned<DeValue<'a>>) -> Self {
        match value.get_ref() {
            DeValue::Table(table) => Self::Table(table),
            DeValue::Array(list) => Self::List(list),
            plain => Self::Plain(plain),
        }
    }
}

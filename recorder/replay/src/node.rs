//! One face for the values of the canonical form and for those of a JSON text inside them.

use std::borrow::Cow;
use std::collections::HashMap;

use flux_recorder::Value;

use crate::json::{Document, Kind};

/// A value that may have others in it.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    Value(&'a Value),
    Json(&'a Document<'a>, usize),
}

/// What leads from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key<'a> {
    Index(usize),
    Name {
        name: Cow<'a, str>,
        /// From 1.
        occurrence: usize,
        /// The name is a header's: `name` is in lower case, and an entry of flux.toml may write it in another.
        header: bool,
    },
}

impl Key<'_> {
    /// A name, as itself.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Index(index) => Cow::Owned(index.to_string()),
            Self::Name { name, .. } => Cow::Borrowed(name),
        }
    }
}

pub(crate) struct Child<'a> {
    pub key: Key<'a>,
    /// The name stands more than once.
    pub repeated: bool,
    pub node: Node<'a>,
    /// How the name is spelled, and all up to the value.
    pub lead: &'a str,
    /// What stands between this child and the one before.
    pub separator: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Record,
    Tuple,
    List,
    /// A list of pairs whose first is text: headers and the like. They have names instead of indexes.
    Pairs,
    Array,
    Object,
}

pub(crate) struct Container<'a> {
    pub shape: Shape,
    pub children: Vec<Child<'a>>,
    /// What stands behind the opening bracket, and before the closing one.
    pub open: &'a str,
    pub close: &'a str,
}

impl Container<'_> {
    pub fn is_json(&self) -> bool {
        matches!(self.shape, Shape::Array | Shape::Object)
    }

    /// Whether the children of both are of one kind. An empty list may be one of pairs.
    pub fn fits(&self, other: &Self) -> bool {
        let lists = |shape| matches!(shape, Shape::List | Shape::Pairs);
        self.shape == other.shape || (lists(self.shape) && lists(other.shape))
    }
}

impl<'a> Node<'a> {
    /// The same bytes.
    pub fn same(self, other: Node<'_>) -> bool {
        match (self, other) {
            (Self::Value(a), Node::Value(b)) => a == b,
            (Self::Json(a, x), Node::Json(b, y)) => a.raw(x) == b.raw(y),
            _ => false,
        }
    }

    /// Its children; none for a leaf. `headers`: the names of pairs are headers.
    pub fn container(self, headers: bool) -> Option<Container<'a>> {
        match self {
            Self::Json(document, id) => match document.entry(id).kind {
                Kind::Array => Some(json_container(document, id, Shape::Array)),
                Kind::Object => Some(json_container(document, id, Shape::Object)),
                _ => None,
            },
            Self::Value(value) => {
                let (shape, children) = match value {
                    Value::Record(fields) => {
                        let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
                        (Shape::Record, named(fields.collect(), false))
                    }
                    Value::Tuple(items) => (Shape::Tuple, indexed(items)),
                    Value::List(items) => match pairs(items) {
                        Some(pairs) => (Shape::Pairs, named(pairs, headers)),
                        None => (Shape::List, indexed(items)),
                    },
                    _ => return None,
                };
                Some(Container { shape, children, open: "", close: "" })
            }
        }
    }

    /// The value for a report. JSON numbers keep their own text.
    pub fn to_value(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Json(document, id) => json_value(document, id),
        }
    }

    /// The bytes themselves, where white space and spelling matter.
    pub fn to_text(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Json(document, id) => Value::Bytes(document.raw(id).into()),
        }
    }

    /// How many values it has that hold no others.
    pub fn leaves(self) -> u64 {
        match self {
            Self::Json(document, id) => document.leaves(id),
            Self::Value(value) => value_leaves(value),
        }
    }
}

fn value_leaves(value: &Value) -> u64 {
    match value {
        Value::Option(Some(value)) | Value::Variant(_, value) => value_leaves(value),
        Value::Result(Ok(value) | Err(value)) => value_leaves(value),
        Value::List(items) | Value::Tuple(items) if !items.is_empty() => items.iter().map(value_leaves).sum(),
        Value::Record(fields) if !fields.is_empty() => {
            fields.iter().map(|(_, value)| value_leaves(value)).sum()
        }
        Value::Bytes(bytes) => Document::parse(bytes).map_or(1, |document| document.leaves(0)),
        Value::String(text) => Document::of_text(text).map_or(1, |document| document.leaves(0)),
        _ => 1,
    }
}

fn indexed(items: &[Value]) -> Vec<Child<'_>> {
    let child = |(index, item)| Child {
        key: Key::Index(index),
        repeated: false,
        node: Node::Value(item),
        lead: "",
        separator: "",
    };
    items.iter().enumerate().map(child).collect()
}

/// The pairs of a list that has nothing else, and at least one.
fn pairs(items: &[Value]) -> Option<Vec<(&str, &Value)>> {
    items.iter().map(pair).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

fn pair(item: &Value) -> Option<(&str, &Value)> {
    let Value::Tuple(pair) = item else { return None };
    match pair.as_slice() {
        [Value::String(name), value] => Some((name.as_str(), value)),
        _ => None,
    }
}

fn named<'a>(members: Vec<(&'a str, &'a Value)>, header: bool) -> Vec<Child<'a>> {
    let child = |(name, value): (&'a str, &'a Value)| Child {
        key: Key::Name { name: Cow::Borrowed(name), occurrence: 1, header },
        repeated: false,
        node: Node::Value(value),
        lead: "",
        separator: "",
    };
    numbered(members.into_iter().map(child).collect())
}

/// Gives equal names their numbers.
fn numbered(mut children: Vec<Child<'_>>) -> Vec<Child<'_>> {
    let mut last = HashMap::new();
    let mut twins = Vec::new();
    for (at, child) in children.iter().enumerate() {
        let before = last.insert(child.key.clone(), at);
        twins.extend(before.map(|before| (before, at)));
    }
    for (before, at) in twins {
        let number = match &children[before].key {
            Key::Name { occurrence, .. } => occurrence + 1,
            Key::Index(_) => continue,
        };
        if let Key::Name { occurrence, .. } = &mut children[at].key {
            *occurrence = number;
        }
        children[before].repeated = true;
        children[at].repeated = true;
    }
    children
}

fn json_container<'a>(document: &'a Document<'a>, id: usize, shape: Shape) -> Container<'a> {
    let whole = document.entry(id);
    let mut children = Vec::new();
    let (mut next, mut behind) = (id + 1, whole.start + 1);
    while next < whole.after as usize {
        let first = document.entry(next);
        let (key, value) = match first.kind {
            Kind::Name => (json_name(document, next), next + 1),
            _ => (Key::Index(children.len()), next),
        };
        let entry = document.entry(value);
        children.push(Child {
            key,
            repeated: false,
            node: Node::Json(document, value),
            lead: document.between(first.start, entry.start),
            separator: document.between(behind, first.start),
        });
        behind = entry.end;
        next = entry.after as usize;
    }
    let close = document.between(behind, whole.end - 1);
    let open = children.first().map_or(close, |first| first.separator);
    let close = if children.is_empty() { "" } else { close };
    let children = if shape == Shape::Object { numbered(children) } else { children };
    Container { shape, children, open, close }
}

fn json_name<'a>(document: &'a Document<'a>, id: usize) -> Key<'a> {
    Key::Name { name: crate::json::unescaped(document.raw(id)), occurrence: 1, header: false }
}

fn json_value<'a>(document: &'a Document<'a>, id: usize) -> Value {
    let node = Node::Json(document, id);
    let raw = document.raw(id);
    let of = |child: &Child<'_>| child.node.to_value();
    match (document.entry(id).kind, node.container(false)) {
        (Kind::Bool, _) => Value::Bool(raw == "true"),
        (Kind::Text | Kind::Name, _) => Value::String(crate::json::unescaped(raw).into_owned()),
        (Kind::Object, Some(all)) => {
            Value::Record(all.children.iter().map(|it| (it.key.text().into_owned(), of(it))).collect())
        }
        (Kind::Array, Some(all)) => Value::List(all.children.iter().map(of).collect()),
        // The name of an enum's case is printed as it is, so every digit is seen.
        _ => Value::Enum(raw.to_owned()),
    }
}

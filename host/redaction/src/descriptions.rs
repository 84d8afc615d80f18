//! The descriptions of all calls, by name, and what can stand in each of their places.

use std::collections::HashMap;

use flux_host::{Content, Declaration, Description, INPUTS, OUTPUTS};
use flux_recorder::Value;

/// The descriptions of all calls of an app. A call that is not among them is hidden as a whole.
#[derive(Debug, Clone, Default)]
pub struct Descriptions(HashMap<&'static str, Described>);

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described {
    pub description: Description,
    pub arguments: Kinds,
    pub result: Kinds,
    /// Where in the arguments the label is.
    label: Option<usize>,
    statement: Option<usize>,
    /// Whether all of it is described. Otherwise every value is looked through for what is not.
    pub whole: bool,
}

/// What can stand in a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    pub headers: bool,
    pub bodies: bool,
    /// Keys and values of a bucket.
    pub keys: bool,
    /// Statements, their parameters and rows.
    pub columns: bool,
    pub personal: bool,
}

impl Descriptions {
    /// Those of some capabilities.
    pub fn of<'a>(capabilities: impl IntoIterator<Item = &'a Declaration>) -> Self {
        let described = capabilities.into_iter().flat_map(Declaration::described);
        Self(described.map(|(it, whole)| (it.function, Described::new(it, whole))).collect())
    }

    pub(crate) fn get(&self, function: &str) -> Option<&Described> {
        self.0.get(function)
    }
}

impl Described {
    fn new(description: Description, whole: bool) -> Self {
        let at = |wanted| match description.arguments {
            Content::Tuple(items) => items.iter().position(|it| *it == wanted),
            _ => None,
        };
        Self {
            description,
            arguments: Kinds::of(&description.arguments),
            result: Kinds::of(&description.result),
            label: at(Content::Label),
            statement: at(Content::Sql),
            whole,
        }
    }

    /// The label that the arguments name, without the number of a transaction.
    pub fn label<'a>(&self, arguments: &'a Value) -> Option<&'a str> {
        text_at(arguments, self.label).and_then(|label| label.split('#').next())
    }

    /// The statement among the arguments.
    pub fn statement<'a>(&self, arguments: &'a Value) -> Option<&'a str> {
        text_at(arguments, self.statement)
    }
}

fn text_at(arguments: &Value, at: Option<usize>) -> Option<&str> {
    match (arguments, at) {
        (Value::Tuple(items), Some(at)) => match items.get(at) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

impl Kinds {
    /// What can stand in a value of this content.
    pub fn of(content: &Content) -> Self {
        let none = Self::default();
        match content {
            Content::Plain | Content::Label => none,
            Content::Personal => Self { personal: true, ..none },
            Content::Body => Self { bodies: true, ..none },
            Content::Headers => Self { headers: true, ..none },
            Content::Key => Self { keys: true, ..none },
            Content::Stored => Self { keys: true, bodies: true, ..none },
            Content::Sql => Self { columns: true, ..none },
            // A column may hold JSON.
            Content::Parameters | Content::Rows => Self { columns: true, bodies: true, ..none },
            Content::Message => Self { keys: true, columns: true, ..none },
            Content::Record(parts) | Content::Variant(parts) => {
                parts.iter().fold(none, |kinds, (_, part)| kinds.and(Self::of(part)))
            }
            Content::Tuple(items) => items.iter().fold(none, |kinds, item| kinds.and(Self::of(item))),
            Content::List(item) => Self::of(item),
            Content::Outcome(found, error) => Self::of(found).and(Self::of(error)),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            headers: self.headers || other.headers,
            bodies: self.bodies || other.bodies,
            keys: self.keys || other.keys,
            columns: self.columns || other.columns,
            personal: self.personal || other.personal,
        }
    }
}

/// What the input of a trigger holds; none: nobody has described this kind of trigger.
pub(crate) fn input(kind: &str) -> Option<&'static Content> {
    INPUTS.iter().find(|(known, _)| *known == kind).map(|(_, content)| content)
}

/// What a handler's result holds: that of the kind which has this shape.
pub(crate) fn output(value: &Value) -> Option<&'static Content> {
    OUTPUTS.iter().find(|content| {
        matches!(
            (content, value),
            (Content::Record(_), Value::Record(_)) | (Content::Outcome(..), Value::Result(_))
        )
    })
}

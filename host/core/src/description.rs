//! What the calls of an interface hold, in the words of its capability.
//!
//! Whoever writes a capability says of each function which of its arguments and results are labels, keys, bodies or
//! statements, and which cannot hold personal data. Redaction is driven by that and knows no interface. Whatever
//! nobody described is hidden as a whole: a function without a description, a field that a record did not have when it
//! was described, a value of another shape.

use crate::interface::{Signature, Type};

/// What a value holds. An `option` is described as what is in it; numbers, booleans and the cases of an `enum` need no
/// description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A text or bytes that cannot hold personal data, or that the guest's program chooses: stays as it is.
    Plain,
    /// The label of flux.toml that the call is about, such as `main`, or `main#1` for its first transaction.
    Label,
    /// Personal data: hidden whatever flux.toml says.
    Personal,
    /// A body or payload. The members that `[record.redact] json` names are hidden, where it is JSON.
    Body,
    /// Names and values, `list<tuple<string, string>>`. Those that `[record.redact] headers` names are hidden.
    Headers,
    /// A key, hidden where `[record.redact] buckets` names the call's label.
    Key,
    /// The value of a key: hidden as the key is, and a body elsewhere.
    Stored,
    /// A statement in SQL.
    Sql,
    /// The parameters of the call's statement, in their order: `list<variant>`.
    Parameters,
    /// `record { columns: list<string>, rows: list<list<variant>> }`, which the call's statement gave.
    Rows,
    /// What a back end says. It may repeat a key or a value of a column, and is hidden where one of these is.
    Message,
    /// A record. A field that is not listed is hidden as a whole.
    Record(&'static [(&'static str, Content)]),
    /// A variant, by the cases that have a payload. The payload of any other is hidden.
    Variant(&'static [(&'static str, Content)]),
    /// A tuple, item by item.
    Tuple(&'static [Content]),
    /// A list of equal things.
    List(&'static Content),
    /// A result: what it is where it is there, and its error.
    Outcome(&'static Content, &'static Content),
}

/// One function, as it stands in journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// Interface and function, such as `kv.bucket.get`.
    pub function: &'static str,
    /// Its arguments, as the journal has them: a tuple, with labels in the place of handles.
    pub arguments: Content,
    /// Its result.
    pub result: Content,
}

impl Content {
    /// Whether every text and all bytes of a type have a description here.
    pub fn covers(&self, described: &Type) -> bool {
        if !described.has_text() {
            return true;
        }
        match (self, described) {
            (_, Type::Option(inner)) => self.covers(inner),
            // A handle stands in journals as its label, or not at all.
            (Self::Plain | Self::Label, Type::Handle(_)) => true,
            (Self::Personal, _) => true,
            (
                Self::Plain | Self::Label | Self::Body | Self::Key | Self::Stored | Self::Message,
                Type::String | Type::Char | Type::Bytes,
            ) => true,
            (Self::Sql, Type::String) => true,
            (Self::Headers, headers) => *headers == Type::pairs(),
            (Self::Parameters, Type::List(item)) => matches!(**item, Type::Variant(_)),
            (Self::Rows, Type::Record(fields)) => {
                fields.iter().all(|(name, _)| ["columns", "rows"].contains(&name.as_str()))
            }
            (Self::Record(known), Type::Record(parts)) => all_covered(known, parts),
            (Self::Variant(known), Type::Variant(cases)) => {
                cases.iter().all(|(name, payload)| match (find(known, name), payload) {
                    (_, None) => true,
                    (Some(known), Some(payload)) => known.covers(payload),
                    (None, Some(payload)) => !payload.has_text(),
                })
            }
            (Self::Tuple(known), Type::Tuple(items)) => all_in_order(known, items),
            (Self::List(known), Type::List(item)) => known.covers(item),
            (Self::Outcome(known, error), Type::Result(found)) => {
                let covers =
                    |known: &Content, part: &Option<Type>| part.as_ref().is_none_or(|it| known.covers(it));
                covers(known, &found.0) && covers(error, &found.1)
            }
            _ => false,
        }
    }
}

/// What is said of a field or a case.
pub fn find<'a>(known: &'a [(&'static str, Content)], name: &str) -> Option<&'a Content> {
    known.iter().find(|(field, _)| *field == name).map(|(_, content)| content)
}

fn all_covered(known: &[(&'static str, Content)], parts: &[(String, Type)]) -> bool {
    parts.iter().all(|(name, part)| match find(known, name) {
        Some(known) => known.covers(part),
        None => !part.has_text(),
    })
}

fn all_in_order(known: &[Content], items: &[Type]) -> bool {
    known.len() == items.len() && known.iter().zip(items).all(|(known, item)| known.covers(item))
}

impl Description {
    /// Whether everything that a function of WIT takes and gives is described. What is described in part has to be
    /// looked through at every call.
    pub fn covers(&self, signature: &Signature) -> bool {
        let takes = || match (&self.arguments, signature.parameters.as_slice()) {
            (Content::Tuple(known), parameters) => {
                let parameters: Vec<_> = parameters.iter().map(|(_, found)| found.clone()).collect();
                all_in_order(known, &parameters)
            }
            (known, [(_, parameter)]) => known.covers(parameter),
            _ => false,
        };
        let gives = || signature.result.as_ref().is_none_or(|found| self.result.covers(found));
        takes() && gives()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::Interface;

    const WIT: &str = "package a:b;
        interface c {
            variant failure { gone, other(string) }
            record entry { value: list<u8>, size: u32 }
            resource d { get: func(key: string) -> result<option<entry>, failure>; }
        }";
    const ARGUMENTS: Content = Content::Tuple(&[Content::Label, Content::Key]);
    const FAILURE: Content = Content::Variant(&[("other", Content::Message)]);

    #[track_caller]
    fn check(arguments: Content, result: Content, expected: bool) {
        let interface = Interface::parse(WIT).expect("WIT").remove(0);
        let description = Description { function: "c.d.get", arguments, result };
        let signature = interface.recorded(description.function).expect("it is there");
        assert_eq!(description.covers(signature), expected, "{description:?}");
    }

    #[test]
    fn a_description_covers_a_function_if_every_text_of_it_is_described() {
        let entry = &Content::Record(&[("value", Content::Stored)]);
        check(ARGUMENTS, Content::Outcome(entry, &FAILURE), true);
        check(ARGUMENTS, Content::Personal, true);
        check(Content::Tuple(&[Content::Label]), Content::Personal, false);
        check(ARGUMENTS, Content::Outcome(&Content::Record(&[]), &FAILURE), false);
        check(ARGUMENTS, Content::Outcome(entry, &Content::Variant(&[])), false);
        check(ARGUMENTS, Content::Plain, false);
    }
}

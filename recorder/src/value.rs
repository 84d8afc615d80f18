//! Canonical bytes as a tree: compared field by field, redacted, printed (`wave.rs`).

use crate::canonical::{Decode, DecodeError, Encode, Reader, TRUSTED_COUNT, put_name, put_varint, tag};
use crate::token::RedactionToken;

/// Any value of the component model, as the canonical form has it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the cases are the component model's own")]
pub enum Value {
    Unit,
    Bool(bool),
    Option(Option<Box<Value>>),
    Result(Result<Box<Value>, Box<Value>>),
    Unsigned(u64),
    Signed(i64),
    F32(f32),
    F64(f64),
    Char(char),
    String(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Record(Vec<(String, Value)>),
    /// An enum's case, or a variant's without a payload.
    Enum(String),
    Variant(String, Box<Value>),
    /// What was redacted; equal tokens were equal values.
    Redacted(RedactionToken),
}

impl Value {
    /// Reads a tree from canonical bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Reader::new(bytes);
        let value = Self::read_from(&mut input)?;
        input.finish()?;
        Ok(value)
    }

    /// Whether canonical bytes are those of a result that is an error, without reading what it is.
    pub fn is_error(bytes: &[u8]) -> bool {
        bytes.first() == Some(&tag::ERR)
    }

    fn read_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        let found = input.peek()?;
        match found {
            tag::UNSIGNED => Decode::decode(input).map(Self::Unsigned),
            tag::SIGNED => Decode::decode(input).map(Self::Signed),
            tag::F32 => Decode::decode(input).map(Self::F32),
            tag::F64 => Decode::decode(input).map(Self::F64),
            tag::CHAR => Decode::decode(input).map(Self::Char),
            tag::STRING => Decode::decode(input).map(Self::String),
            tag::TRUE | tag::FALSE => Decode::decode(input).map(Self::Bool),
            tag::BYTES => <u8 as Decode>::decode_list(input).map(Self::Bytes),
            tag::UNIT => input.byte().map(|_| Self::Unit),
            tag::NONE => input.byte().map(|_| Self::Option(None)),
            tag::REDACTED => input.token().map(Self::Redacted),
            tag::ENUM => {
                input.byte()?;
                input.name().map(|name| Self::Enum(name.to_owned()))
            }
            tag::SOME..=tag::ERR | tag::LIST..=tag::RECORD | tag::VARIANT => {
                input.nested(Self::read_compound)
            }
            found => Err(DecodeError::Unexpected { expected: "a value", found, at }),
        }
    }

    fn read_compound(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let boxed = |input: &mut Reader<'_>| Self::read_from(input).map(Box::new);
        match input.byte()? {
            tag::SOME => boxed(input).map(|value| Self::Option(Some(value))),
            tag::OK => boxed(input).map(|value| Self::Result(Ok(value))),
            tag::ERR => boxed(input).map(|value| Self::Result(Err(value))),
            tag::LIST => read_items(input, Self::read_from).map(Self::List),
            tag::TUPLE => read_items(input, Self::read_from).map(Self::Tuple),
            tag::RECORD => {
                let field = |input: &mut Reader<'_>| Ok((input.name()?.to_owned(), Self::read_from(input)?));
                read_items(input, field).map(Self::Record)
            }
            _ => Ok(Self::Variant(input.name()?.to_owned(), boxed(input)?)),
        }
    }

    /// Calls `visit` for this value and everything inside it.
    pub fn visit(&mut self, visit: &mut impl FnMut(&mut Value)) {
        visit(self);
        match self {
            Self::Option(Some(value)) | Self::Variant(_, value) => value.visit(visit),
            Self::Result(Ok(value) | Err(value)) => value.visit(visit),
            Self::List(items) | Self::Tuple(items) => items.iter_mut().for_each(|item| item.visit(visit)),
            Self::Record(fields) => fields.iter_mut().for_each(|(_, value)| value.visit(visit)),
            _ => {}
        }
    }

    /// A record's field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        let Self::Record(fields) = self else { return None };
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// A record's field, to change it.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Value> {
        let Self::Record(fields) = self else { return None };
        fields.iter_mut().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

/// Equal exactly when the canonical bytes are: NaN is NaN, and 0.0 is not -0.0.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unit, Self::Unit) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Option(a), Self::Option(b)) => a == b,
            (Self::Result(a), Self::Result(b)) => a == b,
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Signed(a), Self::Signed(b)) => a == b,
            (Self::F32(a), Self::F32(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::F64(a), Self::F64(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Record(a), Self::Record(b)) => a == b,
            (Self::String(a), Self::String(b)) | (Self::Enum(a), Self::Enum(b)) => a == b,
            (Self::Variant(a, x), Self::Variant(b, y)) => a == b && x == y,
            (Self::Redacted(a), Self::Redacted(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

fn read_items<T>(
    input: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = input.count()?;
    let mut items = Vec::with_capacity(count.min(TRUSTED_COUNT));
    for _ in 0..count {
        items.push(read(input)?);
    }
    Ok(items)
}

impl Decode for Value {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::read_from(input)
    }
}

impl Encode for Value {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unit => ().encode(out),
            Self::Bool(value) => value.encode(out),
            Self::Option(value) => value.as_deref().encode(out),
            Self::Result(value) => value.as_deref().map_err(|error| &**error).encode(out),
            Self::Unsigned(value) => value.encode(out),
            Self::Signed(value) => value.encode(out),
            Self::F32(value) => value.encode(out),
            Self::F64(value) => value.encode(out),
            Self::Char(value) => value.encode(out),
            Self::String(value) => value.encode(out),
            Self::Bytes(value) => value.encode(out),
            Self::List(items) => items.encode(out),
            Self::Tuple(items) => {
                out.push(tag::TUPLE);
                put_varint(out, items.len() as u64);
                items.iter().for_each(|item| item.encode(out));
            }
            Self::Record(fields) => encode_record(fields, out),
            Self::Enum(name) => {
                out.push(tag::ENUM);
                put_name(out, name);
            }
            Self::Variant(name, value) => {
                out.push(tag::VARIANT);
                put_name(out, name);
                value.encode(out);
            }
            Self::Redacted(token) => {
                out.push(tag::REDACTED);
                out.extend_from_slice(token);
            }
        }
    }
}

fn encode_record(fields: &[(String, Value)], out: &mut Vec<u8>) {
    out.push(tag::RECORD);
    put_varint(out, fields.len() as u64);
    for (name, value) in fields {
        put_name(out, name);
        value.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_and_changed_by_name() {
        let mut record = Value::Record(vec![("a".to_owned(), Value::Unit)]);
        *record.field_mut("a").expect("a field") = Value::Bool(true);
        assert_eq!((record.field("a"), record.field("b")), (Some(&Value::Bool(true)), None));
        assert_eq!(Value::Unit.field("a"), None);
    }
}

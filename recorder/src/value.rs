//! Canonical bytes as a tree: printed as WAVE, compared field by field, redacted.

use std::fmt;

use crate::canon::{Decode, DecodeError, Encode, Reader, TRUSTED_COUNT, put_name, put_varint, tag};

/// The keyed hash that stands for a redacted value.
pub type Token = [u8; 16];

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
    Redacted(Token),
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
            tag::REDACTED => read_token(input).map(Self::Redacted),
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

pub(crate) fn read_token(input: &mut Reader<'_>) -> Result<Token, DecodeError> {
    input.expect(tag::REDACTED, "a redacted value")?;
    let mut token = Token::default();
    token.copy_from_slice(input.take(16)?);
    Ok(token)
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

/// A token as people read it, and as guests are handed it from journals of format 1.0.
pub fn redacted_text(token: &Token) -> String {
    format!("redacted:{}", hex_digits(token))
}

/// Bytes in hex digits, in lower case.
pub(crate) fn hex_digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// WAVE, the component model's text form of values, with one departure: bytes that are printable
/// UTF-8 are shown as `b"text"`, others as `x"hex"`, because a body as a list of numbers is unreadable.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Option(None) => f.write_str("none"),
            Self::Option(Some(value)) => write!(f, "some({value})"),
            Self::Result(result) => {
                let (name, value) = match result {
                    Ok(value) => ("ok", value),
                    Err(value) => ("err", value),
                };
                if **value == Self::Unit { f.write_str(name) } else { write!(f, "{name}({value})") }
            }
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::F32(value) => write_float(f, value.is_nan(), f64::from(*value), value),
            Self::F64(value) => write_float(f, value.is_nan(), *value, value),
            Self::Char(value) => write!(f, "{value:?}"),
            Self::String(value) => write_text(f, value),
            Self::Bytes(value) => write_bytes(f, value),
            Self::List(items) => write_items(f, '[', items, ']'),
            Self::Tuple(items) => write_items(f, '(', items, ')'),
            Self::Record(fields) => write_record(f, fields),
            Self::Enum(name) => f.write_str(name),
            Self::Variant(name, value) => write!(f, "{name}({value})"),
            Self::Redacted(token) => f.write_str(&redacted_text(token)),
        }
    }
}

fn write_float(f: &mut fmt::Formatter<'_>, nan: bool, wide: f64, value: &dyn fmt::Debug) -> fmt::Result {
    match wide {
        _ if nan => f.write_str("nan"),
        f64::INFINITY => f.write_str("inf"),
        f64::NEG_INFINITY => f.write_str("-inf"),
        _ => write!(f, "{value:?}"),
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for letter in text.chars() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            letter if letter.is_control() => write!(f, "\\u{{{:x}}}", u32::from(letter))?,
            letter => write!(f, "{letter}")?,
        }
    }
    f.write_str("\"")
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|letter| letter.is_control() && !letter.is_whitespace()) => {
            f.write_str("b")?;
            write_text(f, text)
        }
        _ => {
            f.write_str("x\"")?;
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            f.write_str("\"")
        }
    }
}

fn write_items(f: &mut fmt::Formatter<'_>, open: char, items: &[Value], close: char) -> fmt::Result {
    write!(f, "{open}")?;
    for (index, item) in items.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    write!(f, "{close}")
}

fn write_record(f: &mut fmt::Formatter<'_>, fields: &[(String, Value)]) -> fmt::Result {
    // WAVE leaves out fields that are none; `:` stands for a record of nothing else.
    let shown: Vec<_> = fields.iter().filter(|(_, value)| *value != Value::Option(None)).collect();
    if shown.is_empty() {
        return f.write_str("{:}");
    }
    f.write_str("{")?;
    for (index, (name, value)) in shown.into_iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{name}: {value}")?;
    }
    f.write_str("}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(value: Value) -> Box<Value> {
        Box::new(value)
    }

    #[track_caller]
    fn check(value: Value, expect: &str) {
        assert_eq!(value.to_string(), expect);
        assert_eq!(Value::read(&value.to_canonical()).as_ref(), Ok(&value));
    }

    #[test]
    fn leaves_as_wave() {
        check(Value::Unit, "()");
        check(Value::Bool(true), "true");
        check(Value::Unsigned(u64::MAX), "18446744073709551615");
        check(Value::Signed(i64::MIN), "-9223372036854775808");
        check(Value::Char('\''), r"'\''");
        check(Value::Enum("not-found".to_owned()), "not-found");
        check(Value::Redacted([0xa0; 16]), "redacted:a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0");
    }

    #[test]
    fn floats_as_wave() {
        check(Value::F32(0.1), "0.1");
        check(Value::F64(1e300), "1e300");
        check(Value::F64(-0.0), "-0.0");
        check(Value::F32(f32::NAN), "nan");
        check(Value::F64(f64::INFINITY), "inf");
        check(Value::F32(f32::NEG_INFINITY), "-inf");
    }

    #[test]
    fn text_and_bytes_are_escaped() {
        check(Value::String("a\"b\\\n\r\t\u{1}é".to_owned()), r#""a\"b\\\n\r\t\u{1}é""#);
        check(Value::Bytes(b"a \"b\"\n".to_vec()), r#"b"a \"b\"\n""#);
        check(Value::Bytes(vec![0, 0xff]), r#"x"00ff""#);
        check(Value::Bytes(vec![0x1b]), r#"x"1b""#);
        check(Value::Bytes(vec![]), r#"b"""#);
    }

    #[test]
    fn compounds_as_wave() {
        let none = || Value::Option(None);
        check(none(), "none");
        check(Value::Option(Some(boxed(none()))), "some(none)");
        check(Value::Result(Ok(boxed(Value::Unit))), "ok");
        check(Value::Result(Err(boxed(Value::Bool(false)))), "err(false)");
        check(Value::List(vec![]), "[]");
        check(Value::Tuple(vec![Value::Unsigned(1), none()]), "(1, none)");
        check(Value::Variant("text".to_owned(), boxed(Value::String("x".to_owned()))), r#"text("x")"#);
    }

    #[test]
    fn records_leave_out_what_is_none() {
        let field = |name: &str, value| (name.to_owned(), value);
        let none = field("b", Value::Option(None));
        check(Value::Record(vec![none.clone()]), "{:}");
        check(Value::Record(vec![]), "{:}");
        let fields = vec![field("a", Value::Signed(-1)), none, field("c", Value::Char('c'))];
        check(Value::Record(fields), "{a: -1, c: 'c'}");
    }

    #[test]
    fn a_field_is_found_and_changed_by_name() {
        let mut record = Value::Record(vec![("a".to_owned(), Value::Unit)]);
        *record.field_mut("a").expect("a field") = Value::Bool(true);
        assert_eq!((record.field("a"), record.field("b")), (Some(&Value::Bool(true)), None));
        assert_eq!(Value::Unit.field("a"), None);
    }
}

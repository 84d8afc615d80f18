//! The text of a value, as people read it.

use std::fmt;

use crate::token::redacted_text;
use crate::value::Value;

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
            f.write_str(&hex::encode(bytes))?;
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
    use crate::canonical::Encode as _;

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
}

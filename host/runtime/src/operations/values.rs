//! Values that crossed the boundary, in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flux_recorder::Value;
use serde_json::{Map, Value as Json, json};

/// Digits that every reader of JSON keeps: what a 64-bit float has.
const EXACT_DIGITS: usize = 15;

/// A value in canonical bytes; `{"unreadable": …}` where they are none.
pub(super) fn of_canonical(bytes: &[u8]) -> Json {
    match Value::read(bytes) {
        Ok(value) => of(value),
        Err(error) => json!({ "unreadable": error.to_string() }),
    }
}

/// The arguments of a call, always an array.
pub(super) fn arguments(bytes: &[u8]) -> Json {
    match Value::read(bytes) {
        Ok(Value::Tuple(items)) => items.into_iter().map(of).collect(),
        Ok(value) => json!([of(value)]),
        Err(error) => json!([{ "unreadable": error.to_string() }]),
    }
}

/// Text as a text, other bytes as `{"base64": …}`.
pub(super) fn text_or_base64(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

/// See [`flux_api::Event`].
fn of(value: Value) -> Json {
    match value {
        Value::Unit | Value::Option(None) => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Unsigned(value) => json!(value),
        Value::Signed(value) => json!(value),
        // Its own shortest digits, not those of the double that is nearest to it.
        Value::F32(value) => float(value.to_string().parse().unwrap_or(f64::from(value))),
        Value::F64(value) => float(value),
        Value::Char(value) => json!(value),
        Value::String(value) | Value::Enum(value) => json!(value),
        Value::Bytes(bytes) => document(&bytes).unwrap_or_else(|| text_or_base64(&bytes)),
        Value::Option(Some(value)) => of(*value),
        Value::Result(Ok(value)) => json!({ "ok": of(*value) }),
        Value::Result(Err(value)) => json!({ "err": of(*value) }),
        Value::List(items) | Value::Tuple(items) => items.into_iter().map(of).collect(),
        Value::Record(fields) => object(fields.into_iter().map(|(name, value)| (name, of(value)))),
        Value::Variant(name, value) => object([(name, of(*value))]),
        redacted @ Value::Redacted(_) => {
            json!({ "redacted": redacted.to_string().trim_start_matches("redacted:") })
        }
    }
}

fn object(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    Json::Object(members.into_iter().collect::<Map<_, _>>())
}

/// What JSON has no number for is a text.
fn float(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => json!("NaN"),
        None if value > 0.0 => json!("Infinity"),
        None => json!("-Infinity"),
    }
}

/// A JSON object or array that is the same after it was read: no digit and no member is lost.
fn document(bytes: &[u8]) -> Option<Json> {
    let starts = bytes.trim_ascii_start().first()?;
    if !matches!(starts, b'{' | b'[') {
        return None;
    }
    let value: Json = serde_json::from_slice(bytes).ok()?;
    let outside = Outside::of(bytes);
    (outside.has_exact_numbers && outside.members == members(&value)).then_some(value)
}

/// How many members all objects in a document have.
fn members(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.iter().map(members).sum(),
        Json::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// What stands in a JSON document outside of its texts.
struct Outside {
    /// A member that stands twice is counted twice.
    members: usize,
    has_exact_numbers: bool,
}

impl Outside {
    fn of(document: &[u8]) -> Self {
        let mut found = Self { members: 0, has_exact_numbers: true };
        let (mut in_text, mut escaped, mut digits) = (false, false, 0);
        for byte in document {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                _ if in_text => {}
                b':' => found.members += 1,
                b'0'..=b'9' => digits += 1,
                // An exponent's digits count too: a number that long is rare, and stays a text.
                b'.' | b'-' | b'+' | b'e' | b'E' => {}
                _ => digits = 0,
            }
            found.has_exact_numbers &= digits <= EXACT_DIGITS;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use flux_recorder::Encode;

    use super::*;

    #[track_caller]
    fn check(value: impl Encode, expect: &Json) {
        assert_eq!(of_canonical(&value.to_canonical()), *expect);
    }

    #[test]
    fn values_are_what_json_has_for_them() {
        check((), &Json::Null);
        check(Some(7_u64), &json!(7));
        check(u64::MAX, &json!(18_446_744_073_709_551_615_u64));
        check(f64::NAN, &json!("NaN"));
        check(0.1_f32, &json!(0.1));
        check(Ok::<_, String>("x".to_owned()), &json!({ "ok": "x" }));
        check(Err::<(), _>("full".to_owned()), &json!({ "err": "full" }));
        check(Value::Variant("integer".into(), Box::new(Value::Signed(-5))), &json!({ "integer": -5 }));
        check(Value::Redacted([0xab; 16]), &json!({ "redacted": "ab".repeat(16) }));
        let record = Value::Record(vec![("b".into(), Value::Unit), ("a".into(), Value::Bool(true))]);
        check(record, &json!({ "b": null, "a": true }));
    }

    #[test]
    fn bytes_are_a_document_a_text_or_base64() {
        check(b"{\"a\": [1, 2.50]}".to_vec(), &json!({ "a": [1, 2.5] }));
        check(b" [\"caf\\u00e9\"]".to_vec(), &json!(["café"]));
        check(b"12".to_vec(), &json!("12"));
        check(b"{not json}".to_vec(), &json!("{not json}"));
        check(vec![0xff_u8, 0x00], &json!({ "base64": "/wA=" }));
        check(Vec::<u8>::new(), &json!(""));
    }

    #[test]
    fn a_document_that_json_readers_change_stays_a_text() {
        for text in ["{\"n\": 12345678901234567890}", "{\"a\": 1, \"a\": 2}", "[0.12345678901234567]"] {
            check(text.as_bytes().to_vec(), &json!(text));
        }
        let texts = "{\"12345678901234567890\": \"a:b:c \\\" 12345678901234567890\"}";
        check(texts.as_bytes().to_vec(), &json!({ "12345678901234567890": "a:b:c \" 12345678901234567890" }));
    }

    #[test]
    fn arguments_are_an_array() {
        assert_eq!(arguments(&("prices", "tea").to_canonical()), json!(["prices", "tea"]));
        assert_eq!(arguments(&5_u64.to_canonical()), json!([5]));
    }
}

//! The names of HTTP headers, whose case means nothing.

use flux_recorder::Value;

/// The fields of requests and responses that hold headers.
pub(crate) fn is_field(name: &str) -> bool {
    matches!(name, "headers" | "trailers")
}

/// Writes the names of all headers in a value in lower case, and says whether one of them was not.
pub(crate) fn fold_names(value: &mut Value) -> bool {
    fold(value, false)
}

/// `headers`: the pairs of this value are headers, and not something in it.
fn fold(value: &mut Value, headers: bool) -> bool {
    match value {
        Value::Option(Some(inner)) | Value::Variant(_, inner) => fold(inner, headers),
        Value::Result(Ok(inner) | Err(inner)) => fold(inner, headers),
        Value::Record(fields) => any(fields, |(name, value)| fold(value, is_field(name))),
        Value::List(items) if items.iter().all(is_pair) => any(items, |item| fold_pair(item, headers)),
        Value::List(items) | Value::Tuple(items) => any(items, |item| fold(item, false)),
        _ => false,
    }
}

/// Whether one of them was folded, and all are.
fn any<T>(items: &mut [T], mut fold: impl FnMut(&mut T) -> bool) -> bool {
    items.iter_mut().fold(false, |folded, item| fold(item) | folded)
}

fn is_pair(item: &Value) -> bool {
    matches!(item, Value::Tuple(pair) if matches!(pair.as_slice(), [Value::String(_), _]))
}

fn fold_pair(pair: &mut Value, header: bool) -> bool {
    let Value::Tuple(pair) = pair else { return false };
    let [Value::String(name), value] = pair.as_mut_slice() else { return false };
    let is_upper = header && name.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_upper {
        name.make_ascii_lowercase();
    }
    fold(value, is_field(name)) | is_upper
}

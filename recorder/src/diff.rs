//! Two values, field by field.

use crate::value::Value;

/// One place in which two values differ. A side that has nothing there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where, such as `response.body.amount` or `db.connection.query[1]`.
    pub path: String,
    /// What was recorded.
    pub recorded: Option<Value>,
    /// What the replay gave.
    pub replayed: Option<Value>,
}

/// All differences of two values; paths begin with `root`.
pub fn differences(root: &str, recorded: &Value, replayed: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(root, recorded, replayed, &mut found);
    found
}

fn compare(path: &str, recorded: &Value, replayed: &Value, found: &mut Vec<Difference>) {
    if recorded == replayed && !is_nan(recorded) {
        return;
    }
    match (recorded, replayed) {
        (Value::Record(a), Value::Record(b)) => compare_named(path, a, b, found),
        (Value::List(a), Value::List(b)) if are_pairs(a) && are_pairs(b) => {
            compare_named(path, &named(a), &named(b), found);
        }
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            compare_items(path, a, b, found);
        }
        (Value::Option(Some(a)), Value::Option(Some(b)))
        | (Value::Result(Ok(a)), Value::Result(Ok(b)))
        | (Value::Result(Err(a)), Value::Result(Err(b))) => compare(path, a, b, found),
        (Value::Variant(a, x), Value::Variant(b, y)) if a == b => compare(path, x, y, found),
        (Value::Bytes(a), Value::Bytes(b)) => compare_bytes(path, (a, recorded), (b, replayed), found),
        // All NaNs are one value.
        _ if is_nan(recorded) && is_nan(replayed) => {}
        _ => found.push(Difference {
            path: path.to_owned(),
            recorded: Some(recorded.clone()),
            replayed: Some(replayed.clone()),
        }),
    }
}

fn is_nan(value: &Value) -> bool {
    match value {
        Value::F32(number) => number.is_nan(),
        Value::F64(number) => number.is_nan(),
        _ => false,
    }
}

fn compare_items(path: &str, a: &[Value], b: &[Value], found: &mut Vec<Difference>) {
    for index in 0..a.len().max(b.len()) {
        let path = format!("{path}[{index}]");
        compare_sides(&path, a.get(index), b.get(index), found);
    }
}

fn compare_sides(path: &str, a: Option<&Value>, b: Option<&Value>, found: &mut Vec<Difference>) {
    match (a, b) {
        (Some(a), Some(b)) => compare(path, a, b, found),
        (a, b) => found.push(Difference { path: path.to_owned(), recorded: a.cloned(), replayed: b.cloned() }),
    }
}

/// Compares by name; a name that stands twice is compared in order.
fn compare_named(path: &str, a: &[(String, Value)], b: &[(String, Value)], found: &mut Vec<Difference>) {
    let mut rest: Vec<_> = b.iter().collect();
    for (name, value) in a {
        let twin = rest.iter().position(|(other, _)| other == name).map(|at| &rest.remove(at).1);
        compare_sides(&format!("{path}.{name}"), Some(value), twin, found);
    }
    for (name, value) in rest {
        compare_sides(&format!("{path}.{name}"), None, Some(value), found);
    }
}

/// Headers and the like: a list of pairs whose first is text.
fn are_pairs(items: &[Value]) -> bool {
    items.iter().all(|item| matches!(item, Value::Tuple(pair) if pair.len() == 2 && matches!(pair[0], Value::String(_))))
}

fn named(items: &[Value]) -> Vec<(String, Value)> {
    let pair = |item: &Value| match item {
        Value::Tuple(pair) => match pair.as_slice() {
            [Value::String(name), value] => Some((name.clone(), value.clone())),
            _ => None,
        },
        _ => None,
    };
    items.iter().filter_map(pair).collect()
}

/// Bytes that are JSON on both sides are compared as JSON, so that the report has paths.
fn compare_bytes(path: &str, a: (&[u8], &Value), b: (&[u8], &Value), found: &mut Vec<Difference>) {
    let before = found.len();
    if let (Some(x), Some(y)) = (json(a.0), json(b.0)) {
        compare(path, &x, &y, found);
    }
    // The same document in other bytes is still another response: its white space, its key order.
    if found.len() == before {
        found.push(Difference {
            path: path.to_owned(),
            recorded: Some(a.1.clone()),
            replayed: Some(b.1.clone()),
        });
    }
}

/// A JSON object or array as a tree.
fn json(bytes: &[u8]) -> Option<Value> {
    matches!(bytes.first(), Some(b'{' | b'[')).then_some(())?;
    serde_json::from_slice(bytes).ok().map(tree)
}

fn tree(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Enum("null".to_owned()),
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Signed(number),
            (None, Some(number)) => Value::Unsigned(number),
            (None, None) => Value::F64(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(tree).collect()),
        serde_json::Value::Object(fields) => {
            Value::Record(fields.into_iter().map(|(name, value)| (name, tree(value))).collect())
        }
    }
}

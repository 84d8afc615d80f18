//! Two values, field by field.

use crate::value::Value;

/// One place in which two values differ. A side that has nothing there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `response.body.amount` or `db.connection.query[1]`.
    pub path: String,
    /// What was recorded.
    pub recorded: Option<Value>,
    /// What the replay gave.
    pub replayed: Option<Value>,
}

/// All differences of two values; paths begin with `root`. Empty only if the values are equal.
pub fn differences(root: &str, recorded: &Value, replayed: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(root, recorded, replayed, &mut found);
    found
}

/// All differences of two canonical values. Bytes that are no value are compared as bytes.
pub(crate) fn byte_differences(root: &str, recorded: &[u8], replayed: &[u8]) -> Vec<Difference> {
    if recorded == replayed {
        return Vec::new();
    }
    let (a, b) = (tree(recorded), tree(replayed));
    let mut found = differences(root, &a, &b);
    // Two byte strings that differ never pass as equal, whatever their trees say.
    if found.is_empty() {
        found.push(difference(root, &a, &b));
    }
    found
}

/// Canonical bytes as a tree; bytes that are no value are shown as they are.
pub(crate) fn tree(bytes: &[u8]) -> Value {
    Value::read(bytes).unwrap_or_else(|_| Value::Bytes(bytes.to_vec()))
}

fn difference(path: &str, recorded: &Value, replayed: &Value) -> Difference {
    Difference { path: path.to_owned(), recorded: Some(recorded.clone()), replayed: Some(replayed.clone()) }
}

fn compare(path: &str, recorded: &Value, replayed: &Value, found: &mut Vec<Difference>) {
    if recorded == replayed {
        return;
    }
    let before = found.len();
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
        _ => found.push(difference(path, recorded, replayed)),
    }
    // The same names with the same values, in another order: headers, fields.
    if found.len() == before {
        found.push(difference(&format!("{path}[order]"), recorded, replayed));
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
        (a, b) => {
            found.push(Difference { path: path.to_owned(), recorded: a.cloned(), replayed: b.cloned() })
        }
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
    items.iter().all(
        |item| matches!(item, Value::Tuple(pair) if pair.len() == 2 && matches!(pair[0], Value::String(_))),
    )
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
        found.push(difference(path, a.1, b.1));
    }
}

/// A JSON object or array as a tree.
fn json(bytes: &[u8]) -> Option<Value> {
    matches!(bytes.first(), Some(b'{' | b'[')).then_some(())?;
    serde_json::from_slice(bytes).ok().map(json_tree)
}

fn json_tree(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Enum("null".to_owned()),
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Signed(number),
            (None, Some(number)) => Value::Unsigned(number),
            (None, None) => Value::F64(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(json_tree).collect()),
        serde_json::Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.into_iter().map(|(name, value)| (name, json_tree(value))).collect();
            // Sorted here, because whether serde_json sorts depends on the features of other crates.
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Record(fields)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn pair(name: &str, value: Value) -> Value {
        Value::Tuple(vec![text(name), value])
    }

    fn json_body(body: &str) -> Value {
        Value::Bytes(body.as_bytes().to_vec())
    }

    #[track_caller]
    fn check(recorded: &Value, replayed: &Value, expect: &[&str]) {
        let side = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
        let line = |found: &Difference| {
            format!("{}: {} -> {}", found.path, side(&found.recorded), side(&found.replayed))
        };
        let found: Vec<_> = differences("x", recorded, replayed).iter().map(line).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn numbers_are_equal_when_their_bytes_are() {
        let other_nan = Value::F64(f64::from_bits(f64::NAN.to_bits() | 1));
        check(&Value::F64(f64::NAN), &other_nan, &[]);
        check(&Value::F32(0.0), &Value::F32(-0.0), &["x: 0.0 -> -0.0"]);
        check(&Value::F64(f64::NAN), &Value::F64(1.0), &["x: nan -> 1.0"]);
        check(&Value::Signed(1), &Value::Unsigned(1), &["x: 1 -> 1"]);
    }

    #[test]
    fn a_difference_deep_inside_is_never_lost() {
        let deep = |number| Value::Option(Some(Box::new(Value::List(vec![pair("a", Value::F64(number))]))));
        check(&deep(0.0), &deep(-0.0), &["x.a: 0.0 -> -0.0"]);
    }

    #[test]
    fn headers_are_compared_by_name_and_repeated_ones_in_order() {
        let (a, b) = (pair("set-cookie", text("1")), pair("set-cookie", text("2")));
        let both = Value::List(vec![a.clone(), b.clone()]);
        let swapped = Value::List(vec![b.clone(), a]);
        check(&both, &swapped, &[r#"x.set-cookie: "1" -> "2""#, r#"x.set-cookie: "2" -> "1""#]);
        check(
            &both,
            &Value::List(vec![b]),
            &[r#"x.set-cookie: "1" -> "2""#, r#"x.set-cookie: "2" -> nothing"#],
        );
    }

    #[test]
    fn another_order_of_names_is_a_difference() {
        let (a, b) = (pair("a", text("1")), pair("b", text("2")));
        let (one, two) = (Value::List(vec![a.clone(), b.clone()]), Value::List(vec![b, a]));
        check(&one, &two, &[r#"x[order]: [("a", "1"), ("b", "2")] -> [("b", "2"), ("a", "1")]"#]);
    }

    #[test]
    fn json_has_paths_and_other_white_space_is_a_difference() {
        let body = json_body(r#"{"a":[1,{"b":null}]}"#);
        check(&body, &json_body(r#"{"a":[1,{"b":true}]}"#), &["x.a[1].b: null -> true"]);
        check(&body, &json_body(r#"{"a":[1.0,{"b":null}]}"#), &["x.a[0]: 1 -> 1.0"]);
        let spaced = r#"x: b"{\"a\":[1,{\"b\":null}]}" -> b"{\"a\": [1,{\"b\":null}]}""#;
        check(&body, &json_body(r#"{"a": [1,{"b":null}]}"#), &[spaced]);
        check(&json_body("[1]"), &json_body("[1"), &[r#"x: b"[1]" -> b"[1""#]);
    }

    #[test]
    fn bytes_that_are_no_value_differ_as_bytes() {
        assert_eq!(byte_differences("x", &[0xff], &[0xfe]).len(), 1);
        assert_eq!(byte_differences("x", &[0xff], &[0xff]), []);
        // The tree of the first is what the second encodes.
        assert_eq!(byte_differences("x", &[0xff], &[13, 1, 0xff]).len(), 1);
    }
}

//! Single cases, each a fault that a comparison once had or could have.

use flux_recorder::{Encode, Value};
use flux_replay::{Comparison, DifferenceKind, Tolerances, compare, mask, relaid};

pub fn tolerances(ignore: &[&str]) -> Tolerances {
    Tolerances::parse(ignore, [""; 0]).expect("paths")
}

fn body(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

fn response(body: &str) -> Value {
    Value::Record(vec![("body".to_owned(), Value::Bytes(body.as_bytes().to_vec()))])
}

fn headers(pairs: &[(&str, &str)]) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let pair = |(name, value): &(&str, &str)| Value::Tuple(vec![text(name), text(value)]);
    let headers = Value::List(pairs.iter().map(pair).collect());
    Value::Record(vec![("headers".to_owned(), headers)])
}

/// Every difference as a line, then every tolerated one; and the mask agrees.
#[track_caller]
fn check(recorded: &Value, now: &Value, ignore: &[&str], expect: &[&str]) -> Comparison {
    let (a, b, tolerances) = (recorded.to_canonical(), now.to_canonical(), tolerances(ignore));
    let found = compare("response", &a, &b, &tolerances);
    let side = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    let mut lines: Vec<_> = (found.differences.iter())
        .map(|it| format!("{}: {} -> {}", it.path, side(&it.recorded), side(&it.replayed)))
        .collect();
    lines.extend(found.tolerated.iter().map(|(entry, it)| format!("{} by {entry}", it.path)));
    assert_eq!(lines, expect);
    let masks = (mask("response", &a, &tolerances), mask("response", &b, &tolerances));
    assert_eq!(found.differences.is_empty(), masks.0 == masks.1);
    found
}

#[track_caller]
fn check_bodies(recorded: &str, now: &str, ignore: &[&str], expect: &[&str]) -> Comparison {
    check(&response(recorded), &response(now), ignore, expect)
}

#[test]
fn digits_beyond_every_number_type_count_beside_a_tolerance() {
    check_bodies(
        r#"{"pay":12345678901234567890123,"at":1}"#,
        r#"{"pay":12345678901234567890124,"at":2}"#,
        &["response.body.at"],
        &[
            "response.body.pay: 12345678901234567890123 -> 12345678901234567890124",
            r#"response.body.at by ignore = "response.body.at""#,
        ],
    );
    let spellings = ["9007199254740993", "9007199254740992", "0.30000000000000001", "0.3", "1", "1.0", "1e2"];
    for (a, b) in spellings.iter().flat_map(|a| spellings.map(|b| (a, b))).filter(|(a, b)| **a != *b) {
        let of = |number: &str, at| format!(r#"{{"n":{number},"at":{at}}}"#);
        let line = format!("response.body.n: {a} -> {b}");
        let covered = r#"response.body.at by ignore = "response.body.at""#;
        check_bodies(&of(a, 1), &of(b, 2), &["response.body.at"], &[&line, covered]);
    }
}

#[test]
fn a_second_member_of_a_name_counts_and_has_a_path_of_its_own() {
    check_bodies(
        r#"{"a":1,"a":2,"t":1}"#,
        r#"{"a":3,"a":2,"t":2}"#,
        &["response.body.t"],
        &["response.body.a#1: 1 -> 3", r#"response.body.t by ignore = "response.body.t""#],
    );
    check_bodies(
        r#"{"a":1,"a":2}"#,
        r#"{"a":2}"#,
        &[],
        &["response.body.a#1: 1 -> 2", "response.body.a#2: 2 -> nothing"],
    );
    check_bodies(
        r#"{"a":1,"a":2}"#,
        r#"{"a":3,"a":2}"#,
        &["response.body.a#2"],
        &["response.body.a#1: 1 -> 3"],
    );
    check_bodies(
        r#"{"a":1,"a":2}"#,
        r#"{"a":3,"a":2}"#,
        &["response.body.a"],
        &[r#"response.body.a#1 by ignore = "response.body.a""#],
    );
}

#[test]
fn order_and_layout_count_beside_a_tolerance() {
    let covered = r#"response.body.t by ignore = "response.body.t""#;
    let ignore = &["response.body.t"];
    check_bodies(
        r#"{"a":1,"b":2,"t":1}"#,
        r#"{"b":2,"a":1,"t":2}"#,
        ignore,
        &[r#"response.body[order]: ["a", "b"] -> ["b", "a"]"#, covered],
    );
    check_bodies(
        r#"{"a":[1,2],"t":1}"#,
        r#"{"a":[1, 2],"t":2}"#,
        ignore,
        &[r#"response.body.a[layout]: b"[1,2]" -> b"[1, 2]""#, covered],
    );
    check_bodies(
        r#"{"a":"A","t":1}"#,
        r#"{"a":"\u0041","t":2}"#,
        ignore,
        &[r#"response.body.a[layout]: b"\"A\"" -> b"\"\\u0041\"""#, covered],
    );
    check_bodies(
        r#"{"a":1,"t":1}"#,
        "{\"a\":1,\"t\":2}\n",
        ignore,
        &[r#"response.body[layout]: b"{\"a\":1,\"t\":1}" -> b"{\"a\":1,\"t\":2}\n""#, covered],
    );
}

#[test]
fn many_layouts_are_one_difference_at_the_value_around_them() {
    check_bodies(
        r#"{"x":{"a":[1,2],"b":[3,4]},"c":[5]}"#,
        r#"{"x":{"a":[1, 2],"b":[3, 4]},"c":[5]}"#,
        &[],
        &[r#"response.body.x[layout]: b"{\"a\":[1,2],\"b\":[3,4]}" -> b"{\"a\":[1, 2],\"b\":[3, 4]}""#],
    );
    let found = check_bodies(
        r#"{"a":[1],"b":[2]}"#,
        "{\n \"a\": [1],\n \"b\": [2]\n}",
        &["response.body[layout]"],
        &[r#"response.body[layout] by ignore = "response.body[layout]""#],
    );
    assert_eq!(found.tolerated[0].1.kind, DifferenceKind::Layout);
}

#[test]
fn a_covered_member_may_be_absent_and_stand_anywhere() {
    let covered = r#"response.body.t by ignore = "response.body.t""#;
    let ignore = &["response.body.t"];
    for now in [r#"{"a":1}"#, r#"{"a":1,"t":5}"#, r#"{"t":5,"a":1}"#] {
        for recorded in [r#"{"a":1}"#, r#"{"a":1,"t":5}"#, r#"{"t":5,"a":1}"#] {
            let (a, b) = (response(recorded).to_canonical(), response(now).to_canonical());
            let found = compare("response", &a, &b, &tolerances(ignore));
            assert_eq!(found.differences, [], "{recorded} {now}");
            assert_eq!(found.tolerated.is_empty(), recorded == now, "{recorded} {now}");
        }
    }
    check_bodies("{\n  \"a\": 1,\n  \"t\": 5\n}", "{\n  \"a\": 1\n}", ignore, &[covered]);
    check_bodies("{\n  \"t\": 5,\n  \"a\": 1\n}", "{\n  \"a\": 1\n}", ignore, &[covered]);
    check_bodies("{\n  \"t\": 5\n}", "{}", ignore, &[covered]);
    check_bodies(r#"{"a":1,"t":5}"#, r#"{"a":1}"#, &[], &["response.body.t: 5 -> nothing"]);
    check_bodies(
        r#"[1,2,3]"#,
        r#"[1]"#,
        &["response.body[2]"],
        &["response.body[1]: 2 -> nothing", r#"response.body[2] by ignore = "response.body[2]""#],
    );
}

#[test]
fn a_path_covers_the_member_that_it_names_and_no_other() {
    let covered = r#"ignore = "response.body.user""#;
    check_bodies(
        r#"{"user":1,"user.role":1}"#,
        r#"{"user":2,"user.role":2}"#,
        &["response.body.user"],
        &[r#"response.body."user.role": 1 -> 2"#, &format!("response.body.user by {covered}")],
    );
    for name in
        ["user.role", "", "*", "a[0]", "a#1", "a b", "[order]", "\\\"", "\\u001b[31m", "é", "\u{202e}x"]
    {
        let of = |n: u32| format!(r#"{{"{name}":{n},"x":{n},"user":{n},"é.x":{n}}}"#);
        let (a, b) = (response(&of(1)).to_canonical(), response(&of(2)).to_canonical());
        let found = compare("response", &a, &b, &tolerances(&[]));
        assert_eq!(found.differences.len(), 4);
        let path = found.differences[0].path.to_string();
        assert!(!path.contains(|it: char| it.is_control() || it == '\u{202e}'), "{path:?}");
        let rest = compare("response", &a, &b, &tolerances(&[&path]));
        assert_eq!(rest.differences, found.differences[1..], "{path}");
        assert_eq!(rest.tolerated.len(), 1);
    }
}

#[test]
fn header_names_compare_without_case() {
    check(&headers(&[("Date", "1"), ("x.y", "1")]), &headers(&[("date", "1"), ("X.Y", "1")]), &[], &[]);
    check(
        &headers(&[("Date", "1"), ("x.y", "1")]),
        &headers(&[("date", "2"), ("x.y", "2")]),
        &[],
        &[r#"response.headers.date: "1" -> "2""#, r#"response.headers."x.y": "1" -> "2""#],
    );
    // Several values of a name keep their order, however each is written.
    let cookies =
        |names: [&str; 2], values: [&str; 2]| headers(&[(names[0], values[0]), (names[1], values[1])]);
    let recorded = cookies(["set-cookie", "Set-Cookie"], ["1", "2"]);
    check(&recorded, &cookies(["SET-COOKIE", "set-cookie"], ["1", "2"]), &[], &[]);
    check(
        &recorded,
        &cookies(["set-cookie", "set-cookie"], ["2", "1"]),
        &[],
        &[r#"response.headers.set-cookie#1: "1" -> "2""#, r#"response.headers.set-cookie#2: "2" -> "1""#],
    );
    let ignore = &["response.headers.Date"];
    let covered = r#"response.headers.date by ignore = "response.headers.Date""#;
    check(&headers(&[("date", "1"), ("a", "1")]), &headers(&[("a", "1")]), ignore, &[covered]);
    check(&headers(&[("date", "1")]), &headers(&[]), ignore, &[covered]);
    check(&headers(&[("DATE", "1")]), &headers(&[("date", "2")]), ignore, &[covered]);
}

/// Only headers: a column, a bucket or a member of JSON in another case is another one.
#[test]
fn other_names_have_a_case() {
    let pairs = |name: &str| {
        let pair = Value::Tuple(vec![Value::String(name.to_owned()), Value::Unsigned(1)]);
        Value::Record(vec![("fields".to_owned(), Value::List(vec![pair]))])
    };
    check(
        &pairs("A"),
        &pairs("a"),
        &[],
        &["response.fields.A: 1 -> nothing", "response.fields.a: nothing -> 1"],
    );
    check_bodies(
        r#"{"headers":{"A":1}}"#,
        r#"{"headers":{"a":1}}"#,
        &[],
        &["response.body.headers.A: 1 -> nothing", "response.body.headers.a: nothing -> 1"],
    );
}

/// What a report says of two bodies, and what is left when it is told to allow that.
#[track_caller]
fn check_relaid(recorded: &str, now: &str, expect: &[(&str, bool, bool)], left: usize) {
    let (a, b) = (response(recorded).to_canonical(), response(now).to_canonical());
    let found = compare("response", &a, &b, &tolerances(&[]));
    let told = relaid(&found.differences);
    let lines: Vec<_> = told.iter().map(|it| (it.path.to_string(), it.order, it.spelling)).collect();
    let expect: Vec<_> = expect.iter().map(|(path, order, text)| (path.to_string(), *order, *text)).collect();
    assert_eq!(lines, expect);
    let allowed = tolerances(&[]).with_layout(told.iter().map(|it| it.path.to_string())).expect("paths");
    assert_eq!(compare("response", &a, &b, &allowed).differences.len(), left);
    assert_eq!(mask("response", &a, &allowed) == mask("response", &b, &allowed), left == 0);
}

#[test]
fn another_layout_is_one_line_with_the_path_that_allows_it() {
    let one = r#"{"a":{"x":1,"y":[1,2]},"b":"A"}"#;
    check_relaid(one, r#"{"b":"A","a":{"y":[1,2],"x":1}}"#, &[("response.body", true, false)], 0);
    check_relaid(one, r#"{"a":{"y":[1, 2],"x":1},"b":"A"}"#, &[("response.body.a", true, true)], 0);
    check_relaid(one, r#"{"a":{"x":1,"y":[1,2]},"b":"\u0041"}"#, &[("response.body.b", false, true)], 0);
    check_relaid(one, &format!("\u{feff}{one}\n"), &[("response.body", false, true)], 0);
    // Values that differ beside it stay differences: an item's place, a number's digits, a second member.
    check_relaid(one, r#"{"b":"A","a":{"x":1,"y":[2,1]}}"#, &[("response.body", true, false)], 2);
    check_relaid(one, r#"{"b":"A","a":{"x":1.0,"y":[1,2]}}"#, &[("response.body", true, false)], 1);
    check_relaid(r#"{"a":1,"b":1e2}"#, r#"{"a": 1,"b":100}"#, &[("response.body", false, true)], 1);
    check_relaid(r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#, &[], 2);
    check_relaid(r#"{"a":1}"#, r#"{"a":1,"a":1}"#, &[], 1);
}

#[test]
fn an_entry_of_layout_names_a_value() {
    let wrong = |entry: &str| {
        let error = tolerances(&[]).with_layout([entry]).expect_err("no value");
        (error.to_string(), error.hint())
    };
    let message = "'response.body[order]' is a part of a layout, and layout covers the whole";
    let hint = r#"name the value alone: layout = ["response.body"]"#;
    assert_eq!(wrong("response.body[order]"), (message.to_owned(), hint.to_owned()));
    assert!(wrong("response..a").0.contains("a name is missing"));
}

#[test]
fn repeated_headers_have_numbers() {
    let both = headers(&[("set-cookie", "1"), ("set-cookie", "2")]);
    check(
        &both,
        &headers(&[("set-cookie", "1"), ("set-cookie", "3")]),
        &[],
        &[r#"response.headers.set-cookie#2: "2" -> "3""#],
    );
    check(
        &both,
        &headers(&[("set-cookie", "1")]),
        &["response.headers.set-cookie#2"],
        &[r#"response.headers.set-cookie#2 by ignore = "response.headers.set-cookie#2""#],
    );
    check(
        &headers(&[("a", "1"), ("b", "2")]),
        &headers(&[("b", "2"), ("a", "1")]),
        &[],
        &[r#"response.headers[order]: ["a", "b"] -> ["b", "a"]"#],
    );
}

#[test]
fn json_is_seen_behind_white_space_and_a_byte_order_mark_and_as_a_scalar() {
    for before in ["", " \n\t", "\u{feff}", "\u{feff} "] {
        let of = |n: u32| format!("{before}{{\"a\":{n}}}");
        check_bodies(&of(1), &of(2), &[], &["response.body.a: 1 -> 2"]);
    }
    check_bodies(r#""a""#, r#""b""#, &[], &[r#"response.body: "a" -> "b""#]);
    check_bodies("true", "false", &[], &["response.body: true -> false"]);
    check_bodies("[1]", "[1", &[], &[r#"response.body: b"[1]" -> b"[1""#]);
    check_bodies("", "null", &[], &[r#"response.body: b"" -> b"null""#]);
    check_bodies(" 1", "1", &[], &[r#"response.body[layout]: b" 1" -> b"1""#]);
}

#[test]
fn json_that_nests_too_deep_is_compared_as_bytes() {
    let nested = |depth: usize, leaf: &str| format!("{}{leaf}{}", "[".repeat(depth), "]".repeat(depth));
    let limit = flux_replay::MAX_JSON_DEPTH;
    let path = format!("response.body{}: 1 -> 2", "[0]".repeat(limit));
    check_bodies(&nested(limit, "1"), &nested(limit, "2"), &[], &[&path]);
    let deeper = limit + 1;
    let line = format!("response.body: b\"{}\" -> b\"{}\"", nested(deeper, "1"), nested(deeper, "2"));
    check_bodies(&nested(deeper, "1"), &nested(deeper, "2"), &[], &[&line]);
    let huge = |leaf| response(&nested(1_000_000, leaf)).to_canonical();
    assert_eq!(
        compare("response", &huge("1"), &huge("2"), &tolerances(&["response.body.a"])).differences.len(),
        1
    );
}

#[test]
fn arguments_have_the_paths_they_always_had() {
    let record = |body: &str| response(body);
    let args = |body: &str| Value::Tuple(vec![record(body)]).to_canonical();
    let (a, b) = (args(r#"{"sent_at":1,"items":[{"t":1}]}"#), args(r#"{"sent_at":2,"items":[{"t":2}]}"#));
    let ignore = ["fetch.send[0].body.sent_at", "fetch.send[0].body.items[*].t"];
    let found = compare("fetch.send", &a, &b, &tolerances(&ignore));
    assert_eq!((found.differences.len(), found.tolerated.len()), (0, 2));
    let (a, b) = (record(r#"{"amount_cents":1}"#), record(r#"{"amount_cents":2}"#));
    let (a, b) = (a.to_canonical(), b.to_canonical());
    for entry in ["fetch.send.body.amount_cents", "fetch", "fetch.send.*.amount_cents", "*"] {
        assert_eq!(compare("fetch.send", &a, &b, &tolerances(&[entry])).differences, [], "{entry}");
    }
    for entry in
        ["fetch.send[0].body", "fetch.send.body.amount", "fetch.send.body[0]", "response", "fetch.sen"]
    {
        assert_eq!(compare("fetch.send", &a, &b, &tolerances(&[entry])).differences.len(), 1, "{entry}");
    }
    let row = |n| Value::List(vec![Value::Unsigned(0), Value::Unsigned(n)]);
    let args = |n| Value::Tuple(vec![Value::Unit, Value::Unit, row(n)]).to_canonical();
    let ignore = tolerances(&["db.transaction.execute[2][1]"]);
    assert_eq!(compare("db.transaction.execute", &args(1), &args(2), &ignore).differences, []);
}

#[test]
fn numbers_are_equal_when_their_bytes_are() {
    let other_nan = Value::F64(f64::from_bits(f64::NAN.to_bits() | 1));
    check(&Value::F64(f64::NAN), &other_nan, &[], &[]);
    check(&Value::F32(0.0), &Value::F32(-0.0), &[], &["response: 0.0 -> -0.0"]);
    check(&Value::Signed(1), &Value::Unsigned(1), &[], &["response: 1 -> 1"]);
}

#[test]
fn bytes_that_are_no_value_differ_as_bytes() {
    let none = tolerances(&[]);
    assert_eq!(compare("x", &[0xff], &[0xfe], &none).differences.len(), 1);
    assert_eq!(compare("x", &[0xff], &[0xff], &none).differences, []);
    // The tree of the first is what the second encodes.
    assert_eq!(compare("x", &[0xff], &[13, 1, 0xff], &none).differences.len(), 1);
    assert_eq!(compare("x", &[0xff], &[13, 1, 0xff], &tolerances(&["x.a"])).differences.len(), 1);
    assert_eq!(compare("x", &[0xff], &[0xfe], &tolerances(&["x"])).differences, []);
}

#[test]
fn leaves_are_counted() {
    let whole = Value::Tuple(vec![body(r#"{"a":[1,2,{}],"t":{"x":1,"y":2}}"#), Value::Option(None)]);
    let counts = |ignore: &[&str]| {
        let found = check(&whole, &whole, ignore, &[]);
        (found.compared, found.ignored)
    };
    assert_eq!(counts(&[]), (6, 0));
    assert_eq!(counts(&["response[0].t"]), (4, 2));
    assert_eq!(counts(&["response[0].a[*]", "response[1]"]), (2, 4));
    assert_eq!(counts(&["response"]), (0, 6));
}

#[test]
fn without_a_tolerance_for_the_root_the_mask_is_the_value() {
    let value = body("{}").to_canonical();
    let elsewhere = tolerances(&["fetch.send[0]"]);
    assert!(matches!(mask("response", &value, &elsewhere), std::borrow::Cow::Borrowed(it) if it == value));
}

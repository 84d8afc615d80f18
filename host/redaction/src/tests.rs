//! The policy, place by place: what is written, and that what is written stays as it is.

use std::sync::Arc;

use flux_host::Declaration;
use flux_recorder::redact::{Crossing, Hidden};
use flux_recorder::{Encode, Marking, Value};

use crate::descriptions::Descriptions;
use crate::keyed::Keyed;
use crate::policy::{Names, Policy};

/// Those of the capabilities, as an app has them.
pub(crate) fn descriptions() -> Descriptions {
    let of = [
        Declaration::of::<flux_cap_db::Db>(),
        Declaration::of::<flux_cap_fetch::Fetch>(),
        Declaration::of::<flux_cap_kv::Kv>(),
        Declaration::of::<flux_cap_queue::Queues>(),
    ];
    Descriptions::of(&of.map(|it| it.expect("WIT")))
}

fn keyed() -> Keyed {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let config = Names {
        headers: names(&["authorization", "cookie", "set-cookie", "x-api-key"]),
        json: names(&["email", "card", "items.*.token"]),
        columns: names(&["email", "main.card"]),
        buckets: names(&["sessions"]),
    };
    Keyed::new(Arc::new(Policy::new(&config, descriptions()).expect("a policy")), [1; 32])
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn bytes(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn tuple(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Tuple(items.into_iter().collect())
}

fn record(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn cell(case: &str, value: Value) -> Value {
    Value::Variant(case.to_owned(), Box::new(value))
}

fn ok(value: Value) -> Value {
    Value::Result(Ok(Box::new(value)))
}

fn err(value: Value) -> Value {
    Value::Result(Err(Box::new(value)))
}

fn marking() -> Marking {
    Marking::of([5; 32])
}

fn hidden() -> Hidden {
    Hidden::new(marking())
}

/// Tokens are `#`, since their digits say nothing.
fn shown(value: &Value) -> String {
    let mut out = String::new();
    let text = value.to_string();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("redacted") {
        out += &rest[..at];
        let tagged = marking().at(&rest.as_bytes()[at..]);
        let found = tagged.or_else(|| Marking::First.at(&rest.as_bytes()[at..]));
        let length = found.expect("a stand-in").length;
        out += if rest[at..at + length].contains('@') { "#@#" } else { "#" };
        rest = &rest[at + length..];
    }
    out + rest
}

fn write(hidden: &mut Hidden, place: Crossing<'_>, value: &Value) -> Value {
    hidden.value(&keyed(), place, &value.to_canonical()).unwrap_or_else(|| value.clone())
}

/// What is written of a value, and that a replay writes the same of what was written.
#[track_caller]
fn check(place: Crossing<'_>, value: &Value, expect: &str) {
    let written = write(&mut hidden(), place, value);
    assert_eq!(shown(&written), expect);
    let again = write(&mut hidden(), place, &written);
    assert_eq!(again, written, "written again");
}

fn request(headers: &[(&str, &str)], body: &str) -> Value {
    let headers = headers.iter().map(|(name, value)| tuple([text(name), text(value)]));
    record([("headers", list(headers)), ("body", bytes(body))])
}

#[test]
fn headers_keep_what_says_how_to_read_them() {
    let headers = [
        ("accept", "*/*"),
        ("Authorization", "Bearer abc.def"),
        ("AUTHORIZATION", "abc.def"),
        ("authorization", "Bearer {{secret key}}"),
        ("cookie", "theme=dark; session=0123456789; x"),
        ("set-cookie", "session=0123456789; Path=/; HttpOnly"),
        ("x-api-key", ""),
    ];
    let expect = r##"{headers: [("accept", "*/*"), ("Authorization", "Bearer #"), ("AUTHORIZATION", #), ("authorization", "Bearer {{secret key}}"), ("cookie", "theme=#; session=#; #"), ("set-cookie", "session=#; Path=/; HttpOnly"), ("x-api-key", "")], body: b""}"##;
    check(Crossing::Trigger("http"), &request(&headers, ""), expect);
    check(Crossing::Arguments("fetch.send"), &request(&headers, ""), expect);
    check(Crossing::Outcome, &request(&headers, ""), expect);
    check(Crossing::Result("fetch.send", &Value::Unit), &ok(request(&headers, "")), &format!("ok({expect})"));
}

#[test]
fn members_of_bodies_and_payloads_are_replaced_in_place() {
    let body =
        r#"{ "id": 7, "email":"ann@example.org", "card" : 4111111111111111, "items":[{"token":true}] }"#;
    let expect = r##"b"{ \"id\": 7, \"email\":\"#@#\", \"card\" : \"#\", \"items\":[{\"token\":\"#\"}] }""##;
    check(Crossing::Trigger("http"), &request(&[], body), &format!("{{headers: [], body: {expect}}}"));
    let job = record([("id", text("1")), ("payload", bytes(body))]);
    check(Crossing::Trigger("job"), &job, &format!("{{id: \"1\", payload: {expect}}}"));
    let send = tuple([text("mail"), bytes(body), record([])]);
    check(Crossing::Arguments("queue.send"), &send, &format!("(\"mail\", {expect}, {{:}})"));
    let set = tuple([text("carts"), text("k"), bytes(body), record([])]);
    check(Crossing::Arguments("kv.bucket.set"), &set, &format!("(\"carts\", \"k\", {expect}, {{:}})"));
    let entry = Value::Option(Some(Box::new(record([("value", bytes(body)), ("version", text("1"))]))));
    check(
        Crossing::Result("kv.bucket.get", &Value::Unit),
        &ok(entry),
        &format!("ok(some({{value: {expect}, version: \"1\"}}))"),
    );
}

#[test]
fn a_body_that_is_no_json_stays() {
    check(Crossing::Trigger("http"), &request(&[], "email=ann"), r#"{headers: [], body: b"email=ann"}"#);
}

fn query(label: &str, sql: &str, params: impl IntoIterator<Item = Value>) -> Value {
    tuple([text(label), text(sql), list(params)])
}

#[test]
fn parameters_and_literals_of_redacted_columns_are_replaced() {
    let params = || {
        [cell("text", text("c1")), cell("text", text("ann@example.org")), cell("integer", Value::Signed(7))]
    };
    let place = Crossing::Arguments("db.connection.execute");
    check(
        place,
        &query("main", "INSERT INTO c (id, email, n) VALUES ($1, $2, $3)", params()),
        r##"("main", "INSERT INTO c (id, email, n) VALUES ($1, $2, $3)", [text("c1"), text("#@#"), integer(7)])"##,
    );
    check(
        place,
        &query("other#2", "INSERT INTO c VALUES ($1, $2, $3)", params()),
        r##"("other#2", "INSERT INTO c VALUES ($1, $2, $3)", [text(#), text("#@#"), text(#)])"##,
    );
    check(
        place,
        &query("main", "UPDATE c SET card = 4111111111111111, email = '' WHERE card = 'x' AND id = 'c1'", []),
        r##"("main", "UPDATE c SET card = '#', email = '' WHERE card = '#' AND id = 'c1'", [])"##,
    );
    check(
        place,
        &query("other", "UPDATE c SET card = 'x' WHERE id = 1", []),
        r#"("other", "UPDATE c SET card = 'x' WHERE id = 1", [])"#,
    );
    let null = Value::Enum("null".to_owned());
    let kinds =
        [null, cell("boolean", Value::Bool(true)), cell("bytes", bytes("v")), cell("real", Value::F64(0.5))];
    check(
        place,
        &query("main", "SELECT f($1, $2, $3, $4, email)", kinds),
        r##"("main", "SELECT f($1, $2, $3, $4, email)", [null, text(#), bytes(#), text(#)])"##,
    );
}

fn rows(columns: &[&str], row: impl IntoIterator<Item = Value>) -> Value {
    ok(record([("columns", list(columns.iter().map(|it| text(it)))), ("rows", list([list(row)]))]))
}

#[test]
fn columns_are_redacted_by_name_and_where_a_name_hides_them() {
    let row = || {
        [
            cell("integer", Value::Signed(7)),
            cell("text", text("ann@example.org")),
            cell("boolean", Value::Bool(true)),
        ]
    };
    for (label, sql, names, expect) in [
        ("main", "SELECT * FROM c", ["id", "Email", "x"], r##"[integer(7), text("#@#"), boolean(true)]"##),
        (
            "main#1",
            "SELECT id, email AS e, x FROM c",
            ["id", "e", "x"],
            r##"[integer(7), text("#@#"), boolean(true)]"##,
        ),
        (
            "main",
            "SELECT * FROM (SELECT email)",
            ["id", "e", "x"],
            r##"[text(#), text("#@#"), boolean(true)]"##,
        ),
        (
            "main",
            "SELECT * FROM c",
            ["id", "name", "card"],
            r##"[integer(7), text("ann@example.org"), text(#)]"##,
        ),
        (
            "other",
            "SELECT * FROM c",
            ["id", "name", "card"],
            r#"[integer(7), text("ann@example.org"), boolean(true)]"#,
        ),
    ] {
        let args = query(label, sql, []);
        let shown = rows(&names, []).to_string().replace("rows: [[]]", &format!("rows: [{expect}]"));
        check(Crossing::Result("db.connection.query", &args), &rows(&names, row()), &shown);
    }
}

#[test]
fn what_a_database_says_of_a_redacted_column_is_no_text_but_its_constraint() {
    let failure = || {
        let message = text("Key (email)=(ann@example.org) already exists");
        record([("message", message), ("detail", Value::Option(Some(Box::new(text("c_email_key")))))])
    };
    let insert = query("main", "INSERT INTO c (email) VALUES ($1)", []);
    let place = Crossing::Result("db.connection.execute", &insert);
    check(
        place,
        &err(cell("constraint", failure())),
        "err(constraint({message: \"#@#\", detail: some(\"c_email_key\")}))",
    );
    check(place, &err(cell("denied", text("no ann@example.org"))), r##"err(denied("#@#"))"##);
    check(place, &err(Value::Enum("timeout".to_owned())), "err(timeout)");
    let select = query("main", "SELECT 1", []);
    let place = Crossing::Result("db.connection.query", &select);
    check(place, &err(cell("denied", text("no"))), "err(denied(\"no\"))");
}

#[test]
fn whole_buckets_are_redacted_but_labels_versions_and_counts() {
    let version = cell("version", text("12"));
    let options = record([("only-if", Value::Option(Some(Box::new(version))))]);
    let set = tuple([text("sessions"), text("ann"), bytes("{\"a\":1}"), options]);
    check(
        Crossing::Arguments("kv.bucket.set"),
        &set,
        r##"("sessions", #, b"#", {only-if: some(version("12"))})"##,
    );
    let keys =
        tuple([text("sessions"), text(""), Value::Option(Some(Box::new(text("ann")))), Value::Unsigned(10)]);
    check(Crossing::Arguments("kv.bucket.keys"), &keys, r##"("sessions", "", some(#), 10)"##);
    let increment = tuple([text("sessions"), text("ann"), Value::Signed(2)]);
    check(Crossing::Arguments("kv.bucket.increment"), &increment, r##"("sessions", #, 2)"##);
    let next = Value::Option(Some(Box::new(text("bob"))));
    let page = record([("keys", list([text("ann"), text("bob")])), ("next", next)]);
    check(Crossing::Result("kv.bucket.keys", &keys), &ok(page), "ok({keys: [#, #], next: some(#)})");
    let entry = Value::Option(Some(Box::new(record([("value", bytes("v")), ("version", text("12"))]))));
    check(Crossing::Result("kv.bucket.get", &keys), &ok(entry), r##"ok(some({value: #, version: "12"}))"##);
    check(
        Crossing::Result("kv.bucket.get", &keys),
        &err(cell("unavailable", text("no ann"))),
        r##"err(unavailable("#"))"##,
    );
    let other = tuple([text("carts"), text("ann")]);
    check(Crossing::Arguments("kv.bucket.get"), &other, r#"("carts", "ann")"#);
}

#[test]
fn what_was_redacted_once_is_hidden_wherever_it_goes() {
    let mut hidden = hidden();
    write(
        &mut hidden,
        Crossing::Trigger("http"),
        &request(&[], r#"{"email":"ann@example.org","card":4111111111}"#),
    );
    let fetch = record([
        ("url", text("http://x/?q=ann%40example.org")),
        ("headers", list([])),
        ("body", bytes("to ann@example.org")),
    ]);
    let written = write(&mut hidden, Crossing::Arguments("fetch.send"), &fetch);
    let expect = format!("{:?}", written.to_string());
    assert!(!expect.contains("example.org"), "{expect}");
    assert_eq!(
        shown(&Value::String(hidden.text("ann@example.org paid with 4111111111"))),
        r##""#@# paid with #""##
    );
    let response = write(&mut hidden, Crossing::Outcome, &request(&[], r#"{"paid":[4111111111]}"#));
    assert_eq!(shown(&response), r##"{headers: [], body: b"{\"paid\":[\"#\"]}"}"##);
}

#[test]
fn equal_values_have_equal_tokens_wherever_they_stand() {
    let header = write(&mut hidden(), Crossing::Outcome, &request(&[("x-api-key", "4111111111")], ""));
    let body = write(&mut hidden(), Crossing::Outcome, &request(&[], r#"{"card":4111111111}"#));
    let tokens =
        |value: &Value| value.to_string().split("redacted").nth(1).map(|token| token[1..33].to_owned());
    assert_eq!(tokens(&header), tokens(&body));
    assert!(tokens(&header).is_some());
}

#[test]
fn what_merely_looks_like_a_stand_in_is_redacted_like_any_text() {
    let other = Marking::of([6; 32]).stand_in(b"ann@example.org", &[7; 16]);
    for text in ["redacted:00112233445566778899aabbccddeeff", &other] {
        let written = write(&mut hidden(), Crossing::Outcome, &request(&[("x-api-key", text)], ""));
        assert!(!written.to_string().contains(&text[9..41]), "{written}");
    }
}

#[test]
fn stand_ins_are_spelt_as_the_values_were() {
    let mut hidden = hidden();
    let body = request(&[], r#"{"email":"M\u00fcller \"x\"","card":"a\/b"}"#);
    let written = write(&mut hidden, Crossing::Trigger("http"), &body);
    let Some(Value::Bytes(written)) = written.field("body") else { panic!("{written}") };
    let written: serde_json::Value = serde_json::from_slice(written).expect("it stays JSON");
    let text = |name: &str| written[name].as_str().expect("a text").to_owned();
    assert!(text("card").contains("/-"), "{written}");
    assert_eq!(hidden.text("M\u{fc}ller \"x\""), text("email"));
}

#[test]
fn a_literal_keeps_its_quotes() {
    let sql = "UPDATE c SET email = 'it''s /', card = $$it's /$$";
    let written = write(&mut hidden(), Crossing::Arguments("db.connection.execute"), &query("main", sql, []));
    let Value::Tuple(args) = &written else { panic!("{written}") };
    let Value::String(sql) = &args[1] else { panic!("{written}") };
    let quotes: String = sql.matches(['\'', '$']).collect();
    assert_eq!(quotes, "\x27\x27\x27\x27$$\x27$$", "{sql}");
}

#[test]
fn what_nobody_described_is_hidden_as_a_whole() {
    let args = || tuple([text("main"), bytes("ann"), Value::Unsigned(7), Value::Enum("soon".to_owned())]);
    check(Crossing::Arguments("dice.roll"), &args(), "(#, #, 7, soon)");
    check(
        Crossing::Result("dice.roll", &Value::Unit),
        &err(cell("other", text("no ann"))),
        "err(other(\"#\"))",
    );
    check(
        Crossing::Trigger("mail"),
        &record([("from", text("ann")), ("size", Value::Unsigned(3))]),
        "{from: #, size: 3}",
    );
    let none = Keyed::new(
        Arc::new(Policy::new(&Names::default(), Descriptions::default()).expect("a policy")),
        [1; 32],
    );
    let written = hidden().value(&none, Crossing::Arguments("dice.roll"), &args().to_canonical());
    assert_eq!(shown(&written.expect("it is hidden")), "(#, #, 7, soon)", "whatever flux.toml names");
}

#[test]
fn what_a_description_does_not_know_is_hidden_as_a_whole() {
    let options = record([("only-if", Value::Option(None)), ("note", text("for ann"))]);
    let set = tuple([text("carts"), text("k"), bytes("v"), options, text("more")]);
    check(Crossing::Arguments("kv.bucket.set"), &set, r##"("carts", "k", b"v", {note: "#"}, #)"##);
    let get = tuple([text("carts"), text("k")]);
    check(Crossing::Result("kv.bucket.get", &get), &err(cell("gone", text("ann"))), "err(gone(#))");
    check(Crossing::Result("kv.bucket.get", &get), &ok(list([text("ann")])), "ok([#])");
    let headers = list([text("ann"), tuple([text("accept"), text("*/*")])]);
    let message = record([("headers", headers), ("trailers", list([bytes("ann")]))]);
    check(Crossing::Trigger("http"), &message, r##"{headers: [#, ("accept", "*/*")], trailers: [#]}"##);
}

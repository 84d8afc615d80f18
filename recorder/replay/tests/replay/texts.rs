//! JSON in texts, such as the parameters of a statement.

use flux_recorder::{Encode, Value};
use flux_replay::{Tolerances, compare, mask};

const ROOT: &str = "db.connection.execute";

/// The arguments of a statement with one parameter.
fn arguments(parameter: &str) -> Vec<u8> {
    let text = |text: &str| Value::String(text.to_owned());
    let parameter = Value::Variant("text".to_owned(), Box::new(text(parameter)));
    Value::Tuple(vec![text("main"), text("INSERT …"), Value::List(vec![parameter])]).to_canonical()
}

/// The paths that differ and are not covered, and then those that are; and the mask agrees.
#[track_caller]
fn check(recorded: &str, now: &str, layout: &[&str], expect: &[&str]) {
    let tolerances = Tolerances::default().with_layout(layout).expect("paths");
    let (a, b) = (arguments(recorded), arguments(now));
    let found = compare(ROOT, &a, &b, &tolerances);
    let mut paths: Vec<_> = found.differences.iter().map(|it| it.path.to_string()).collect();
    paths.extend(found.tolerated.iter().map(|(_, it)| format!("{} covered", it.path)));
    assert_eq!(paths, expect);
    let same = mask(ROOT, &a, &tolerances) == mask(ROOT, &b, &tolerances);
    assert_eq!(found.differences.is_empty(), same);
}

#[test]
fn a_text_that_is_json_has_paths_and_a_layout() {
    let all = ["db.connection.execute[2]"];
    let relaid = (r#"{"a":1,"b":[2]}"#, r#"{"b": [2], "a": 1}"#);
    let places = ["db.connection.execute[2][0][order]", "db.connection.execute[2][0][layout]"];
    check(relaid.0, relaid.1, &[], &places);
    check(relaid.0, relaid.1, &all, &places.map(|path| format!("{path} covered")).each_ref().map(|it| &**it));
    check(
        r#"{"a":1}"#,
        r#"{"a": 2}"#,
        &all,
        &["db.connection.execute[2][0].a", "db.connection.execute[2][0][layout] covered"],
    );
}

#[test]
fn a_text_that_is_no_object_and_no_array_is_a_text() {
    let all = ["db.connection.execute[2]"];
    for (a, b) in [("1", " 1"), ("\"a\"", "\"\\u0061\""), ("{no}", "{ no}"), ("[1]", "1")] {
        check(a, b, &all, &["db.connection.execute[2][0]"]);
    }
}

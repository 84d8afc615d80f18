//! docs/replay.md is true.

use flux_recorder::{Encode, Value};
use flux_replay::{Path, Step, Tolerances, compare};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/replay.md");
    std::fs::read_to_string(path).expect("the page")
}

fn response(body: &str) -> Vec<u8> {
    Value::Record(vec![("body".to_owned(), Value::Bytes(body.into()))]).to_canonical()
}

/// The cells of a table's rows, between backquotes.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, table) = page.split_once(heading).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

#[test]
fn its_examples_are_what_a_comparison_says() {
    let rows = rows(&page(), "| Recorded | Now | Path |");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let [recorded, now, path] = row.try_into().expect("three cells");
        let (a, b) = (response(&recorded), response(&now));
        let found = compare("response", &a, &b, &Tolerances::default());
        let paths: Vec<_> = found.differences.iter().map(|it| it.path.to_string()).collect();
        assert_eq!(paths, [&*path]);
        let covered = Tolerances::parse([path], [""; 0]).expect("a path");
        assert_eq!(compare("response", &a, &b, &covered).differences, []);
    }
}

#[test]
fn its_steps_are_steps_and_its_settings_are_accepted() {
    let page = page();
    let rows = rows(&page, "| Step | Means |");
    assert_eq!(rows.len(), 7);
    for step in rows.iter().map(|row| &row[0]) {
        assert!(format!("response{step}").parse::<Path>().is_ok(), "{step}");
    }
    let toml = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("settings");
    let toml: toml::Table = toml.parse().expect("toml");
    let entries = |key: &str| -> Vec<String> { toml["replay"][key].clone().try_into().expect("texts") };
    let read = Tolerances::parse(entries("ignore"), entries("unordered")).expect("paths");
    let read = read.with_layout(entries("layout")).expect("paths");
    assert!(read.concerns("queue.send"));
    assert!(read.is_unordered("kv.bucket.get") && read.concerns("fetch.send") && !read.concerns("fetch.sen"));
}

#[test]
fn its_word_on_white_space_beside_an_ignored_member_holds() {
    let ignore = Tolerances::parse(["response.body.t"], [""; 0]).expect("a path");
    let differs = |a, b| !compare("response", &response(a), &response(b), &ignore).differences.is_empty();
    assert!(!differs(r#"{"a":1, "t":5}"#, r#"{"a":1}"#));
    assert!(differs(r#"{"a":1, "t":5}"#, r#"{"a":1 }"#));
}

#[track_caller]
fn refused(entry: &str, message: &str, hint: &str) {
    let error = Tolerances::parse([entry], [""; 0]).expect_err("no path");
    assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint));
}

#[test]
fn what_is_no_path_is_refused_with_a_hint() {
    let name = r#"write a name, or "" for the member whose name is empty"#;
    refused("", "'' is no path: a name is missing, at character 1", name);
    refused("response.", "'response.' is no path: a name is missing, at character 10", name);
    refused("response..a", "'response..a' is no path: a name is missing, at character 10", name);
    refused(
        "response.body.first name",
        "'response.body.first name' is no path: a step begins with '.' or '[', at character 20",
        r#"put a name with such characters into quotes: "first name""#,
    );
    let brackets = "write a member's name behind a dot";
    let message =
        "'response[headers]' is no path: brackets hold an index, *, order or layout, at character 9";
    refused("response[headers]", message, brackets);
    let string = r#"write it as JSON does: "user.role""#;
    let message = "'response.\"a' is no path: a quoted name is not a JSON string, at character 10";
    refused("response.\"a", message, string);
    let message = "'a#0' is no path: the number of an occurrence is missing, at character 3";
    refused("a#0", message, "occurrences count from 1: name#2");
    let message = "'a[order].b' is no path: something follows the last step, at character 9";
    refused("a[order].b", message, "end the path with [order] or [layout]");
    for entry in ["a[01]", "a[-1]", "a[", "a[99999999999999999999999]", "a*", "a#", "a]", "a\\b", "*#1"] {
        assert!(entry.parse::<Path>().is_err(), "{entry}");
    }
    let unordered = |entry: &str| Tolerances::parse([""; 0], [entry]).map(drop).map_err(|it| it.to_string());
    assert_eq!(unordered("kv.bucket.get"), Ok(()));
    for entry in ["", "kv.bucket.get[0]", "*", "kv..get", "kv get"] {
        assert_eq!(unordered(entry), Err(format!("'{entry}' is no function: 'kv.bucket.get' is one")));
    }
}

#[test]
fn a_name_of_digits_is_no_index() {
    let path: Path = "a.2[2]".parse().expect("a path");
    assert_eq!(path.steps()[1..], [Step::name("2"), Step::Index(2)]);
}

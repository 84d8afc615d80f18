//! A bug of a guest is told in the guest's own language: its text, its file and its line.

use std::path::Path;

use flux_tests::V8;
use serde_json::Value;

use crate::shop::{ask, tail, trace};
use crate::support::{Project, in_all_languages, root};

const TEXT: &str = "a bug of the guest";

/// Where the statement stands, as the language writes places: `bug.py:5`.
fn place(language: &str) -> String {
    let file = match language {
        "rust" => "src/bug.rs",
        "go" => "bug.go",
        "python" => "conformance/bug.py",
        "typescript" | V8 => "src/bug.ts",
        "assemblyscript" => "assembly/bug.ts",
        other => panic!("no file for {other}"),
    };
    let folder = if language == V8 { "typescript" } else { language };
    let path = root().join(format!("guests/conformance_{folder}")).join(file);
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // The text stands once, in the statement.
    let line = source.lines().position(|line| line.contains(TEXT)).expect("the statement is there");
    format!("{file}:{}", line + 1)
}

fn fails_in(language: &str, component: &Path) {
    let project = Project::of_guest(component, "");
    let server = project.serve(&[]);
    let answer = ask(&server, "GET", "/bug", "");
    assert_eq!(answer.status, 500, "{language}: {answer:?}");
    assert!(
        !String::from_utf8_lossy(&answer.body).contains(TEXT),
        "{language}: a client sees nothing of the inside"
    );
    let said = server.stop().stderr;
    let record = tail(&project).remove(0);
    assert_eq!(record["outcome"], "trap", "{language}: {record}");
    let id = record["id"].as_str().expect("an id");
    let end = trace(&project, id).pop().expect("it has events");
    assert!(end["outcome"].as_str().is_some_and(|outcome| outcome.contains(TEXT)), "{language}: {end}");
    let place = place(language);
    let shown = project.flux(&["trace", id, "--full"]).stdout;
    for (what, text) in [("flux trace", &shown), ("flux run", &said)] {
        assert!(text.contains(TEXT) && text.contains(&place), "{language}: {what} says no {place}: {text}");
    }
    let (status, report) = project.flux_json(&["replay", "--last", "1"]);
    assert_eq!((status, &report["executions"][0]["verdict"]), (0, &Value::from("identical")), "{report}");
}

#[test]
fn a_bug_is_told_in_the_language_of_the_guest() {
    for (language, component) in in_all_languages("conformance").into_iter().flatten() {
        fails_in(language, &component);
    }
}

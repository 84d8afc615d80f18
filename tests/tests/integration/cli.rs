//! The command as people meet it: help, schema, a new project, tables and JSON.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Project, Said, binary, guest, request, root};

const COMMANDS: [&str; 18] = [
    "new",
    "add",
    "build",
    "check",
    "run",
    "up",
    "tail",
    "trace",
    "guests",
    "keys",
    "queue",
    "records",
    "replay",
    "scan",
    "doctor",
    "explain",
    "schema",
    "completions",
];

fn flux(args: &[&str]) -> Said {
    let mut command = Command::new(binary("flux"));
    command.args(args).stdin(Stdio::null()).output().expect("flux runs").into()
}

/// What a command prints when all is well.
fn printed(args: &[&str]) -> String {
    let said = flux(args);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "flux {args:?}: {said:?}");
    said.stdout
}

#[test]
fn help_names_every_command_and_where_to_start() {
    let help = printed(&["--help"]);
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in:\n{help}");
    }
    assert!(help.contains("Start here:\n  flux new hello && cd hello && flux up\n"));
}

#[test]
fn the_help_of_each_command_says_what_it_does_and_takes() {
    let lines = [
        ("new", "flux new shop --lang go --template service", "--lang <LANG>"),
        ("add", "flux add fetch api.example.com", "--dry-run"),
        ("build", "flux build orders.wasm                    only check", "--out <FILE>"),
        ("check", "Check flux.toml, and everything else that a run needs", "--text"),
        ("run", "Serve the project: HTTP requests and jobs, every execution recorded", "--watch"),
        ("up", "Develop: build, migrate, run, rebuild what changes", "--env-file <FILE>"),
        ("tail", "Show the latest executions", "--follow"),
        ("trace", "Show one execution", "--full"),
        ("guests", "List the guests that ran here", "--json"),
        (
            "replay",
            "Exit status: 0 all identical, equivalent, fixed or progressed; 1 a verdict",
            "--against <BUILD>",
        ),
        ("doctor", "Check whether the project can run here", "Exit status: 0 it can run"),
        ("explain", "flux explain FLX0404", "[CODE]"),
        ("schema", "Print the JSON Schema of flux.toml", "--json"),
        ("completions", "Print a shell's completions", "<SHELL>"),
    ];
    for (command, about, option) in lines {
        let help = printed(&[command, "--help"]);
        assert!(help.contains(&format!("Usage: flux {command}")), "{help}");
        assert!(help.contains(about) && help.contains(option), "flux {command}:\n{help}");
    }
}

#[test]
fn the_version_is_the_workspaces() {
    assert_eq!(printed(&["--version"]), concat!("flux ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn an_unknown_shell_is_refused() {
    let said = flux(&["completions", "cmd"]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("[possible values: bash, elvish, fish"), "{said:?}");
}

#[test]
fn the_schema_in_docs_is_the_one_that_is_printed() {
    let file = std::fs::read_to_string(root().join("docs/flux.schema.json")).expect("the schema");
    assert!(printed(&["schema"]) == file, "renew it: target/debug/flux schema > docs/flux.schema.json");
}

#[test]
fn the_reference_page_is_the_one_that_is_printed() {
    let file = std::fs::read_to_string(root().join("docs/flux-toml.md")).expect("the page");
    let page = printed(&["schema", "--markdown"]);
    assert!(page == file, "renew it: target/debug/flux schema --markdown > docs/flux-toml.md");
}

/// The examples of the reference page, one after the other, are a flux.toml: what they name is there or not, but each key
/// is one, and each value is of its kind.
#[test]
fn the_examples_of_the_reference_page_are_read() {
    let page = printed(&["schema", "--markdown"]);
    let blocks = page.split("```toml\n").skip(1).filter_map(|block| block.split("```").next());
    let text: String = blocks.map(|block| block.replace("<name>", "orders") + "\n").collect();
    let project = Project::new(&text);
    let (_, found) = project.flux_json(&["check", "--text"]);
    let messages: Vec<_> = found.as_array().into_iter().flatten().map(|it| it["message"].clone()).collect();
    // A label has one back end, and the page shows all that there are; and it names a bucket and a database of others.
    let is_of_the_page = |message: &str| message.contains("back ends") || message.contains(" under [");
    assert!(messages.iter().all(|it| it.as_str().is_some_and(is_of_the_page)), "{found:#}");
}

/// The part of the schema that a `$ref` names, or the part itself.
fn resolve<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    let reference = part["$ref"].as_str().or_else(|| part["allOf"][0]["$ref"].as_str());
    match reference {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).expect("it is defined"),
        None => part,
    }
}

/// Whether a key of flux.toml is in the schema, and all below it.
fn assert_known(schema: &Value, part: &Value, value: &toml::Value, path: &str) {
    let part = resolve(schema, part);
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                assert_known(schema, property(part, key, path), value, &format!("{path}.{key}"));
            }
        }
        toml::Value::Array(items) => {
            for item in items {
                assert_known(schema, &part["items"], item, path);
            }
        }
        _ => assert!(part.is_object(), "{path} is not in the schema"),
    }
}

fn property<'a>(part: &'a Value, key: &str, path: &str) -> &'a Value {
    let of = |part: &'a Value| part["properties"].get(key);
    let choices = part["oneOf"].as_array().into_iter().flatten();
    let found = of(part).or_else(|| choices.filter_map(|part| part["properties"].get(key)).next());
    let found = found.or_else(|| part.get("additionalProperties").filter(|more| more.is_object()));
    found.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"))
}

#[test]
fn every_key_of_the_sample_is_in_the_schema() {
    let schema: Value = serde_json::from_str(&printed(&["schema"])).expect("JSON");
    let text = std::fs::read_to_string(root().join("guests/orders_rust/flux.toml")).expect("flux.toml");
    let sample: toml::Table = text.parse().expect("TOML");
    assert_known(&schema, &schema, &toml::Value::Table(sample), "flux.toml");
}

/// A project with three executions.
fn used() -> Project {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let server = project.serve(&[]);
    for path in ["/", "/a", "/b"] {
        let answer = request(&server.http, "GET", path, "").expect("it is answered");
        assert_eq!(answer.status, 200);
    }
    assert_eq!(server.stop().status, 0);
    project
}

#[test]
fn tables_are_separated_by_tabs_in_a_pipe() {
    let project = used();
    let said = project.flux(&["tail"]);
    let lines: Vec<Vec<&str>> = said.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["ID", "STARTED", "TRIGGER", "STATUS", "TIME", "CALLS", "GUEST"]);
    let rows: Vec<_> = lines[1..].iter().map(|row| (row[2], row[3], row[5])).collect();
    let rest = ("http GET /{*rest}", "200", "0");
    assert_eq!(rows, [("http GET /", "200", "0"), rest, rest]);
    let said = project.flux(&["guests"]);
    let lines: Vec<Vec<&str>> = said.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["NAME", "DIGEST", "BYTES", "FIRST SEEN"]);
    assert_eq!((lines.len(), lines[1][0], lines[1].len()), (2, "g", 4));
}

#[test]
fn tail_prints_a_json_line_for_each_execution() {
    let said = used().flux(&["tail", "--json", "-n", "2"]);
    let lines = said.stdout.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<_> = lines.map(|line| line.expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!((&line["kind"], &line["status"]), (&"http".into(), &200.into()));
        assert_eq!((&line["name"], &line["failed"]), (&"GET /{*rest}".into(), &false.into()));
    }
}

#[test]
fn guests_are_listed_as_json() {
    let (status, guests) = used().flux_json(&["guests"]);
    let guests = guests.as_array().expect("a list");
    assert_eq!((status, guests.len()), (0, 1));
    let size = std::fs::metadata(guest("hello_rust", "")).expect("a component").len();
    assert_eq!((&guests[0]["name"], &guests[0]["size"]), (&"g".into(), &size.into()));
    assert!(guests[0]["digest"].as_str().is_some_and(|digest| digest.len() == 64));
}

#[test]
fn an_error_is_one_json_document_on_request() {
    let project = Project::new("[app]\nname = \"t\"\n");
    let said = project.flux(&["trace", "abcdef", "--json"]);
    let error: Value = serde_json::from_str(&said.stderr).expect("JSON");
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    let expected = serde_json::json!({
        "error": "there is no execution 'abcdef'", "causes": [], "code": "FLX0304",
        "hint": "list the last ones: flux tail",
    });
    assert_eq!(error, expected);
}

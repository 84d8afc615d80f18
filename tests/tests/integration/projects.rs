//! New projects of the tests, and the tools of their languages.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flux_test_services::skip;
use serde_json::Value;

use crate::support::{Project, Said, binary, cache, root, tools};

/// A folder beside the command: what is there already need not be made again.
pub fn beside(name: &str) -> PathBuf {
    binary("flux").with_file_name(name)
}

/// A tool in a project, with everything that languages need in their environment, and `flux` among the commands.
pub fn tool(program: &str, project: &Project) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let commands = binary("flux").parent().map(PathBuf::from);
    let folders = commands.into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("no folder has a colon"));
    command.env("FLUX_CACHE", cache()).env("FLUX_TOOLS", tools());
    command.current_dir(project.path()).env("CARGO_TARGET_DIR", beside("new-target")).stdin(Stdio::null());
    command
}

/// Runs a line of a shell in a project, to its end.
pub fn shell(project: &Project, line: &str) -> Said {
    tool("sh", project).args(["-c", line]).output().expect("a shell runs").into()
}

/// Runs to the end, and well.
pub fn done(command: &mut Command) -> Said {
    let said: Said = command.output().expect("it runs").into();
    assert_eq!(said.status, 0, "{command:?}: {said:?}");
    said
}

/// Held by a test for as long as it has a project of a language: these have the same folder, one after the other.
/// Cargo, told to leave that folder out of what it makes, would compile everything again for another.
pub fn alone(language: &str) -> MutexGuard<'static, ()> {
    static LANGUAGES: [Mutex<()>; flux_tests::LANGUAGES.len()] =
        [const { Mutex::new(()) }; flux_tests::LANGUAGES.len()];
    let index = flux_tests::LANGUAGES.iter().position(|it| *it == language).expect("a language");
    LANGUAGES[index].lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `flux new` makes, and what it says; Rust in the versions that this repository is locked to. The test
/// is [`alone`] with the language.
pub fn new_project(language: &str, template: &str) -> (Project, Value) {
    let parent = beside("new");
    // What a run that was ended has left.
    let _ = std::fs::remove_dir_all(parent.join(language));
    std::fs::create_dir_all(&parent).expect("a folder");
    let named = tempfile::Builder::new().prefix(language).rand_bytes(0).tempdir_in(&parent);
    let project = Project { folder: named.expect("a folder of this name") };
    let mut flux = tool("flux", &project);
    flux.args(["new", ".", "--name", "greeter", "--json", "--lang", language, "--template", template]);
    let said: Value = serde_json::from_str(&done(&mut flux).stdout).expect("JSON");
    if language == "rust" {
        std::fs::copy(root().join("Cargo.lock"), project.path().join("Cargo.lock")).expect("it is copied");
    }
    (project, said)
}

/// What `flux build` says of the only guest.
pub fn built(project: &Project, more: &[&str]) -> Value {
    let mut flux = project.command(&["build", "--json"]);
    let said = done(flux.args(more).env("CARGO_TARGET_DIR", beside("new-target")));
    let built: Value = serde_json::from_str(&said.stdout).expect("JSON");
    built[0].clone()
}

/// Whether a language's tools are here; a run that has to have all of them fails without.
pub fn has(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &&str| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file());
    let Some(missing) = tools.iter().find(|tool| !is_there(tool)) else {
        return true;
    };
    skip(&format!("{missing} is not on PATH"));
    false
}

/// The tools without which a language's projects cannot be built.
pub fn tools_of(language: &str) -> &'static [&'static str] {
    match language {
        "go" => &["go"],
        "python" => &["python3"],
        "typescript" | "assemblyscript" => &["node", "npm"],
        _ => &[],
    }
}

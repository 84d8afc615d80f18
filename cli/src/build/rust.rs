//! Rust, by plain cargo; by cargo-component, for a project that was made with it, where it is installed.
//!
//! Cargo is asked each time: it alone knows all inputs of a crate, and answers soon if none changed.

mod flags;
mod project;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::task::{Made, Task};
use crate::errors::CliError;
use flags::Flags;
use project::{CargoProject, INSTALL};

/// What cargo says of what it made.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Runs cargo and reads the component that it made.
pub fn build(task: &Task) -> anyhow::Result<Made> {
    let project = CargoProject::read(task)?;
    let tool = project.tool(task)?;
    let sysroot = sysroot(tool.target())?;
    let mut cargo = Command::new("cargo");
    cargo.args(tool.verb()).args(["--target", tool.target(), "--quiet"]);
    cargo.arg("--message-format=json-render-diagnostics");
    Flags { task, project: &project, sysroot: &sysroot, target: tool.target() }.add_to(&mut cargo);
    set_options(&mut cargo, task);
    let stdout = task.run(&mut cargo, INSTALL)?;
    let messages: Vec<Message> =
        String::from_utf8_lossy(&stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let no_component = || {
        let message = format!("{} makes no component", task.folder.display());
        CliError::new(message, "add to its Cargo.toml:\n[lib]\ncrate-type = [\"cdylib\"]")
    };
    let path = messages.iter().filter_map(component_of).next_back().ok_or_else(no_component)?;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let cached = messages.iter().all(|it| it.reason != "compiler-artifact" || it.fresh);
    Ok(Made { bytes, cached })
}

fn set_options(cargo: &mut Command, task: &Task) {
    if !task.options.debug {
        cargo.arg("--release");
        // Backtraces have file and line. Cargo takes this before the manifest; set it to overrule.
        if std::env::var_os("CARGO_PROFILE_RELEASE_DEBUG").is_none() {
            cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
        }
    }
    if !task.options.features.is_empty() {
        cargo.arg("--features").arg(task.options.features.join(","));
    }
    let says = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    if task.progress.is_terminal() && !says("NO_COLOR") && !says("CARGO_TERM_COLOR") {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
}

fn component_of(message: &Message) -> Option<&Path> {
    let is_library = message.target.as_ref()?.kind.iter().any(|kind| kind == "cdylib" || kind == "bin");
    let is_wasm = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "wasm");
    let made = message.filenames.iter().find(is_wasm).map(PathBuf::as_path);
    made.filter(|_| message.reason == "compiler-artifact" && is_library)
}

/// Where rustc has its libraries. Without the target's rustc says "can't find crate for `std`", which
/// helps nobody.
fn sysroot(target: &str) -> anyhow::Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.map_err(|_| CliError::new("rustc cannot be run", INSTALL))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if sysroot.join("lib/rustlib").join(target).join("lib").is_dir() {
        return Ok(sysroot);
    }
    let hint = format!(
        "rustup target add {target}; where rustup cannot download: scripts/setup.sh of Flux's source"
    );
    Err(CliError::new(format!("Rust's standard library for {target} is missing"), hint).into())
}

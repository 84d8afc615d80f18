//! Rust, by plain cargo.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::Task;
use crate::errors::CliError;

const TARGET: &str = "wasm32-wasip2";
const INSTALL: &str = "install Rust: https://rustup.rs";

/// What cargo says of what it made.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Runs plain `cargo build` and reads the component that it made.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    check_target()?;
    let options = &task.options;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--target", TARGET, "--message-format=json-render-diagnostics"]);
    if !options.debug {
        cargo.arg("--release");
        // Backtraces have file and line. Cargo takes this before the manifest; set it to overrule.
        if std::env::var_os("CARGO_PROFILE_RELEASE_DEBUG").is_none() {
            cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
        }
    }
    if !options.features.is_empty() {
        cargo.arg("--features").arg(options.features.join(","));
    }
    let stdout = task.run(&mut cargo, INSTALL)?;
    let made = String::from_utf8_lossy(&stdout).lines().filter_map(component_of).next_back();
    let no_component = || {
        let message = format!("{} makes no component", task.folder.display());
        CliError::new(message, "add to its Cargo.toml:\n[lib]\ncrate-type = [\"cdylib\"]")
    };
    let path = made.ok_or_else(no_component)?;
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn component_of(line: &str) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(line).ok()?;
    let is_library = message.target?.kind.iter().any(|kind| kind == "cdylib" || kind == "bin");
    let is_wasm = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "wasm");
    (message.reason == "compiler-artifact" && is_library)
        .then(|| message.filenames.into_iter().find(is_wasm))?
}

/// Without its standard library rustc says "can't find crate for `std`", which helps nobody.
fn check_target() -> anyhow::Result<()> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.map_err(|_| CliError::new("rustc cannot be run", INSTALL))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let hint = format!(
        "rustup target add {TARGET}; where rustup cannot download: scripts/setup.sh of Flux's source"
    );
    Err(CliError::new(format!("Rust's standard library for {TARGET} is missing"), hint).into())
}

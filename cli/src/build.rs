//! From a folder to a component, by the language's own tools.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use flux_host::Handler;
use flux_recorder::Digest;
use flux_runtime::check_component;
use serde::Deserialize;

use crate::errors::CliError;

const TARGET: &str = "wasm32-wasip2";

/// How a guest is built.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Cargo features.
    pub features: Vec<String>,
    /// Not optimised.
    pub debug: bool,
}

/// A component that can run here.
#[derive(Debug)]
pub struct Built {
    /// Where it is.
    pub path: PathBuf,
    /// The name of its bytes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: usize,
    /// What it exports.
    pub handlers: Vec<Handler>,
}

/// Builds the project in `folder`, checks the component and puts it at `out`, whole or not at all.
pub fn build(folder: &Path, out: &Path, options: &Options) -> anyhow::Result<Built> {
    if !folder.join("Cargo.toml").is_file() {
        let message = format!("{} holds no project that Flux can build", folder.display());
        return Err(
            CliError::new(message, "a Rust project has a Cargo.toml: flux new --lang rust <name>").into()
        );
    }
    let component = cargo_build(folder, options)?;
    let bytes = std::fs::read(&component).with_context(|| format!("cannot read {}", component.display()))?;
    let (digest, handlers) =
        check_component(&bytes).with_context(|| format!("{} cannot run on Flux", component.display()))?;
    put(out, &bytes)?;
    Ok(Built { path: out.to_owned(), digest, size: bytes.len(), handlers })
}

/// Writes a file whole or not at all.
pub fn put(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", out.display());
    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    let temporary = out.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&temporary, bytes).with_context(cannot)?;
    std::fs::rename(&temporary, out).with_context(cannot)
}

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

/// Runs plain `cargo build` and returns the component that it made.
fn cargo_build(folder: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    check_target()?;
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
    let output = cargo.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output =
        output.map_err(|_| CliError::new("cargo cannot be run", "install Rust: https://rustup.rs"))?;
    if !output.status.success() {
        let message = format!("{} does not build", folder.display());
        return Err(CliError::new(message, "the compiler's words are above").into());
    }
    let made = String::from_utf8_lossy(&output.stdout).lines().filter_map(component_of).next_back();
    let no_component = || {
        let message = format!("{} makes no component", folder.display());
        CliError::new(message, "add to its Cargo.toml:\n[lib]\ncrate-type = [\"cdylib\"]")
    };
    Ok(made.ok_or_else(no_component)?)
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
    let output =
        output.map_err(|_| CliError::new("rustc cannot be run", "install Rust: https://rustup.rs"))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let hint = format!(
        "rustup target add {TARGET}; where rustup cannot download: scripts/setup.sh of Flux's source"
    );
    Err(CliError::new(format!("Rust's standard library for {TARGET} is missing"), hint).into())
}

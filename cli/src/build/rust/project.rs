//! What cargo says of a project before it is built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::super::Task;
use crate::errors::CliError;

/// How cargo comes to a machine.
pub const INSTALL: &str = "install Rust: https://rustup.rs";

/// What `cargo metadata` prints, as far as it matters here.
#[derive(Deserialize)]
pub struct CargoProject {
    /// Where the workspace's Cargo.toml is, or the project's own.
    pub workspace_root: PathBuf,
    /// Where cargo puts what it makes.
    pub target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    #[serde(default)]
    metadata: Value,
}

/// What builds the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `cargo build`.
    Cargo,
    /// `cargo component build`, which makes a module for the first preview of WASI and wraps it.
    CargoComponent,
}

impl Tool {
    pub fn verb(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["build"],
            Self::CargoComponent => &["component", "build"],
        }
    }

    pub fn target(self) -> &'static str {
        match self {
            Self::Cargo => "wasm32-wasip2",
            Self::CargoComponent => "wasm32-wasip1",
        }
    }
}

impl CargoProject {
    /// Asks cargo. It reads manifests, and downloads nothing.
    pub fn read(task: &Task) -> anyhow::Result<Self> {
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--quiet", "--no-deps", "--format-version", "1"]);
        let stdout = task.run(&mut cargo, INSTALL)?;
        serde_json::from_slice(&stdout).context("cargo metadata cannot be read")
    }

    /// Plain cargo, but for a project of cargo-component where that is installed. Where it is not, its
    /// bindings are enough: they carry the world that the linker makes the component by.
    pub fn tool(&self, task: &Task) -> anyhow::Result<Tool> {
        let Some(component) = self.component(&task.folder) else {
            return Ok(Tool::Cargo);
        };
        let bindings =
            component.pointer("/bindings/path").and_then(Value::as_str).unwrap_or("src/bindings.rs");
        let bindings = task.folder.join(bindings);
        match (is_installed("cargo-component"), bindings.is_file()) {
            (true, _) => Ok(Tool::CargoComponent),
            (false, true) => Ok(Tool::Cargo),
            (false, false) => {
                let message = format!(
                    "{} is a project of cargo-component, and its bindings are not there: {}",
                    task.folder.display(),
                    bindings.display()
                );
                let hint = "cargo install --locked cargo-component";
                Err(CliError::new(message, hint).into())
            }
        }
    }

    /// `[package.metadata.component]`, which cargo-component puts there.
    fn component(&self, folder: &Path) -> Option<&Value> {
        let manifest = folder.join("Cargo.toml");
        let package = self.packages.iter().find(|it| it.manifest_path == manifest)?;
        package.metadata.get("component")
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

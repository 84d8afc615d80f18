//! From a folder to a component, by the language's own tools.
//!
//! Each language is one module with one function, `build`: a [`Task`] in, the component's bytes out.
//! What all need afterwards is here: the check that the component can run, and its place.

mod assemblyscript;
mod go;
mod language;
mod python;
mod rust;
mod task;
mod typescript;
mod wit;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flux_host::Handler;
use flux_recorder::Digest;
use flux_runtime::check_component;

use crate::errors::CliError;
pub use language::Language;
pub use task::{Task, sdk};

/// How a guest is built.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Cargo features, or build tags of Go.
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
    let no_project = || {
        let message = format!("{} holds no project that Flux can build", folder.display());
        CliError::new(
            message,
            "a project has a Cargo.toml, go.mod, pyproject.toml, package.json or asconfig.json: flux new --lang rust <name>",
        )
    };
    let language = Language::of(folder).ok_or_else(no_project)?;
    let folder = folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
    let work = folder.join(".flux/build");
    let task = Task { folder, work, options: options.clone() };
    let bytes = match language {
        Language::Rust => rust::build(&task),
        Language::Go => go::build(&task),
        Language::Python => python::build(&task),
        Language::Typescript => typescript::build(&task),
        Language::Assemblyscript => assemblyscript::build(&task),
    }?;
    let (digest, handlers) =
        check_component(&bytes).with_context(|| format!("{} cannot run on Flux", task.folder.display()))?;
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

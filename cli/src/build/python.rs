//! Python, by componentize-py.
//!
//! Which handlers a guest has, and so its world, is found by importing its module with the Python that
//! runs the tool. Reading the source would be safer and wrong: a decorator may have another name, a router
//! may be made in another module. The build runs the module's top level in any case; here its errors
//! come with the traceback of a real file.

mod project;
mod venv;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::{Task, sdk, wit};
use crate::errors::CliError;
use project::PyProject;
use venv::{INSTALL, Venv};

/// What the component is made of; it imports the guest's module.
const ENTRY: &str = include_str!("python/entry.py");
const HANDLERS: &str = include_str!("python/handlers.py");
/// The entry's own name, which no module of a guest should have.
const ENTRY_NAME: &str = "flux_entry";

/// Builds the component.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    let project = PyProject::read(&task.folder)?;
    let venv = Venv::ready(task)?;
    let installed = dependencies(task, &venv, &project)?;
    let mut path = vec![task.folder.clone(), installed.join("lib/site-packages")];
    path.extend(sdk("python").map(|sdk| sdk.join("src")));
    check_module(&project, &path)?;
    let world = handlers(task, &venv, &project, &path)?.world()?;
    let entry = ENTRY.replace("{{module}}", project.module());
    let entry = task.file(&format!("python/entry/{ENTRY_NAME}.py"), &entry)?;
    path.extend(entry.parent().map(Path::to_owned));
    let out = task.work.join("python/component.wasm");
    let mut tool = venv.componentize_py();
    tool.arg("--quiet").arg("--wit-path").arg(wit::folder(task)?).args(["--world", world]);
    tool.args(["componentize", ENTRY_NAME, "--output"]).arg(&out);
    for folder in &path {
        tool.arg("--python-path").arg(folder);
    }
    // Else it adds the packages of whatever environment is active.
    tool.env("VIRTUAL_ENV", &installed);
    task.run(&mut tool, INSTALL)?;
    std::fs::read(&out).with_context(|| format!("cannot read {}", out.display()))
}

/// Installs what the project needs besides the SDK, and returns the folder where it is. Only pure
/// Python: what is compiled was compiled for another machine.
fn dependencies(task: &Task, venv: &Venv, project: &PyProject) -> anyhow::Result<PathBuf> {
    let mut wanted: Vec<_> = project.dependencies().map(str::to_owned).collect();
    if sdk("python").is_none() {
        wanted.push(concat!("flux-sdk==", env!("CARGO_PKG_VERSION")).to_owned());
    }
    let key = Sha256::digest(wanted.join("\n"));
    let folder = task.work.join("python").join(hex::encode(&key[..8]));
    let packages = folder.join("lib/site-packages");
    if packages.is_dir() && !task.options.force {
        return Ok(folder);
    }
    let new = folder.with_extension("new");
    let cannot = || format!("cannot write {}", folder.display());
    for old in [&new, &folder].into_iter().filter(|it| it.exists()) {
        std::fs::remove_dir_all(old).with_context(cannot)?;
    }
    std::fs::create_dir_all(new.join("lib/site-packages")).with_context(cannot)?;
    if !wanted.is_empty() {
        install(task, venv, &wanted, &new.join("lib/site-packages"))?;
    }
    std::fs::rename(&new, &folder).with_context(cannot)?;
    Ok(folder)
}

fn install(task: &Task, venv: &Venv, wanted: &[String], folder: &Path) -> anyhow::Result<()> {
    let mut pip = venv.pip();
    pip.args(["--no-compile", "--only-binary=:all:", "--platform=any", "--python-version=3.14"]);
    pip.arg("--target").arg(folder).args(wanted);
    let failed = |_| {
        let message = format!("the dependencies of {} could not be installed", task.folder.display());
        CliError::new(message, "see pip's output above; a dependency must be pure Python, and have a wheel")
    };
    task.run(&mut pip, INSTALL).map_err(failed)?;
    Ok(())
}

/// Python's own words for a module that is not there would be about this command's files.
fn check_module(project: &PyProject, path: &[PathBuf]) -> Result<(), CliError> {
    let files = project.files();
    if path.iter().any(|folder| files.iter().any(|file| folder.join(file).is_file())) {
        return Ok(());
    }
    let message = format!("the guest's module is not there: {}", files[0].display());
    Err(CliError::new(message, "name it in pyproject.toml:\n[tool.flux]\nmodule = \"...\""))
}

/// Imports the guest's module, and says which handlers it has.
fn handlers(
    task: &Task,
    venv: &Venv,
    project: &PyProject,
    path: &[PathBuf],
) -> anyhow::Result<wit::Handlers> {
    let script = task.file("python/handlers.py", HANDLERS)?;
    let path = std::env::join_paths(path).context("a folder's name has a colon")?;
    let mut python: Command = venv.python(&script);
    python.arg(project.module()).env("PYTHONPATH", path).env("PYTHONHASHSEED", "0");
    let failed = |_| {
        let message = format!("the module '{}' cannot be imported", project.module());
        CliError::new(message, "see Python's output above; a module's top level runs when the guest is built")
    };
    let stdout = task.run(&mut python, INSTALL).map_err(failed)?;
    let has = |kind: &str| String::from_utf8_lossy(&stdout).lines().any(|line| line == kind);
    Ok(wit::Handlers { http: has("http"), job: has("job") })
}

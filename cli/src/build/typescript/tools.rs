//! The tools of npm that make components: installed once for all projects, in the versions of the lock file.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::build::node::{INSTALL, npm_install};
use crate::build::{Task, put};
use crate::errors::CliError;

macro_rules! files {
    ($($name:literal = $file:literal),* $(,)?) => {
        &[$(($name, include_str!($file))),*]
    };
}

const MANIFESTS: &[(&str, &str)] =
    files!["package.json" = "package.json", "package-lock.json" = "package-lock.json", ".npmrc" = "npmrc"];
const SCRIPTS: &[(&str, &str)] =
    files!["build.mjs" = "build.mjs", "bundle.mjs" = "bundle.mjs", "engine.mjs" = "engine.mjs"];

/// The script that builds, beside the tools it uses, which are installed first where they are missing.
pub fn ready(task: &Task) -> anyhow::Result<PathBuf> {
    let name = format!("componentize-js-{}", key(MANIFESTS));
    let folder = task.installed(&name, |_| false, |folder| install(task, folder))?;
    // Below the tools, where Node.js finds them by their names.
    let scripts = folder.join(key(SCRIPTS));
    write(SCRIPTS, &scripts)?;
    Ok(scripts.join("build.mjs"))
}

fn install(task: &Task, folder: &Path) -> anyhow::Result<()> {
    write(MANIFESTS, folder)?;
    let failed = |_| CliError::new("componentize-js could not be installed", INSTALL);
    task.run(npm_install().arg("--prefix").arg(folder), INSTALL).map_err(failed)?;
    Ok(())
}

fn write(files: &[(&str, &str)], folder: &Path) -> anyhow::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        if !std::fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            put(&path, text.as_bytes())?;
        }
    }
    Ok(())
}

/// A short name of these files: other versions have a place of their own.
fn key(files: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for (_, text) in files {
        hash.update(text);
    }
    hex::encode(&hash.finalize()[..6])
}

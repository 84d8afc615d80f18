//! TypeScript and JavaScript, by esbuild and componentize-js.
//!
//! Both run in Node.js, from scripts that are part of this command. Which handlers a guest has, and so its
//! world, is found by importing its bundle with Node.js: what runs there runs in the engine as well, and
//! here its errors come with the stack of a real file.

mod tools;

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use flux_runtime::BUNDLE;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER;

use super::node::{INSTALL, check_version, npm_install};
use super::{Task, sdk, wit};

const PACKAGE: &str = "@flux-run/sdk";

/// What npm reads too; only what decides whether there is something to install.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    dependencies: Map<String, Value>,
}

/// Builds the component, or the bundle for V8.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    check_version(task)?;
    let script = tools::ready(task)?;
    dependencies(task)?;
    let work = task.work.join("typescript");
    let mark = task.is_for_v8().then_some(BUNDLE);
    let out = work.join(if mark.is_some() { "bundle.js" } else { "module.wasm" });
    let mut order = json!({
        "work": work,
        "wit": wit::folder(task)?,
        "sdk": sdk("typescript"),
        "debug": task.options.debug,
        "out": out,
    });
    if let Some(mark) = mark {
        order["mark"] = mark.into();
    }
    task.run(Command::new("node").arg(script).arg(order.to_string()), INSTALL)?;
    let module = std::fs::read(&out).with_context(|| format!("cannot read {}", out.display()))?;
    if mark.is_some() {
        return Ok(module);
    }
    wit::encode(&module, Some(ADAPTER))
}

/// Installs what the project needs besides the SDK, if that was not done since the manifest changed.
fn dependencies(task: &Task) -> anyhow::Result<()> {
    let path = task.folder.join("package.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} is not as npm reads it", path.display()))?;
    let is_here = |name: &str| name == PACKAGE && sdk("typescript").is_some();
    let wanted = manifest.dependencies.keys().any(|name| !is_here(name));
    if !wanted || is_installed(&task.folder) {
        return Ok(());
    }
    let _line = task.progress.begin(&format!("installing the dependencies of {}", task.folder.display()));
    task.run(&mut npm_install(), INSTALL)?;
    Ok(())
}

/// Another package manager than npm leaves no file that tells when it ran.
fn is_installed(folder: &Path) -> bool {
    let changed = |path: &str| folder.join(path).metadata().and_then(|it| it.modified()).ok();
    let installed = changed("node_modules/.package-lock.json").or_else(|| changed("node_modules"));
    installed.is_some() && installed >= changed("package.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_installed_once_and_again_when_the_manifest_changed() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let touch = |path: &str, seconds: u64| {
            let file = std::fs::File::create(folder.path().join(path)).expect("a file");
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            file.set_modified(time).expect("its time is set");
        };
        touch("package.json", 1);
        assert!(!is_installed(folder.path()));
        std::fs::create_dir(folder.path().join("node_modules")).expect("a folder");
        assert!(is_installed(folder.path()));
        touch("node_modules/.package-lock.json", 2);
        assert!(is_installed(folder.path()));
        touch("package.json", 3);
        assert!(!is_installed(folder.path()));
    }
}

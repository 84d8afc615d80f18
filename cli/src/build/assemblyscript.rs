//! AssemblyScript, by asc and the SDK's transform.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use super::node::{INSTALL, check_version, npm_install};
use super::{Task, preinit, sdk, wit};
use crate::errors::CliError;

/// The compiler that the SDK is tested with, for projects that bring none.
const VERSION: &str = "0.28.20";
const PACKAGE: &str = "@flux-run/assemblyscript";

/// What a guest needs besides the contract: where a bug is reported. Only what the SDK calls.
const STDERR: &str = "
package flux:assemblyscript;
world stderr { import wasi:cli/stderr@0.2.0; }
package wasi:io@0.2.0 {
    interface error { resource error; }
    interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream {
            blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
    }
}
package wasi:cli@0.2.0 {
    interface stderr {
        use wasi:io/streams@0.2.0.{output-stream};
        get-stderr: func() -> output-stream;
    }
}";

/// What asc reads too; only what decides how it is called.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    entries: Vec<PathBuf>,
}

/// Compiles the project's module, with a second entry that the transform adds, and embeds the contract.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    check_version(task)?;
    let sdk = Sdk::of(task)?;
    let module = task.work.join("module.wasm");
    let mut node = Command::new("node");
    node.arg(compiler(task)?).args(entries(&task.folder)?);
    node.arg("--transform").arg(sdk.folder.join("transform.mjs")).arg("--path").arg(&sdk.packages);
    // Names of functions stay in a release too: they are the frames of a trap.
    node.arg("--debug").arg("--exportStart").arg("_initialize").arg("--outFile").arg(&module);
    // The run time is asconfig.json's, else asc's `incremental`. `minimal` and `stub`, which collect nothing,
    // take half the guest's time (a list of 100 orders as JSON, written and read: 0.8 and 0.7 ms, not 1.4)
    // and 40% less code. But their memory only grows, and a job of many steps must not end for that.
    // A feature is a constant: `isDefined(feature_name)`.
    for feature in &task.options.features {
        node.arg("--use").arg(format!("feature_{}=1", feature.replace('-', "_")));
    }
    match task.options.debug {
        true => node.args(["--target", "debug"]),
        false => node.args(["--target", "release", "-O3"]),
    };
    task.run(&mut node, INSTALL)?;
    let module = std::fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    // Before the guest runs for the first time: one without a handler would say less.
    wit::Handlers::of_module(&module)?.world()?;
    // Its top level runs here: no execution has to, and none of them could call the host there.
    let module = preinit::start(task, &module)?;
    wit::componentize(&with_stderr(module)?, StringEncoding::UTF16, None)
}

/// The project's entries; asc takes those of asconfig.json by itself.
fn entries(folder: &Path) -> anyhow::Result<&'static [&'static str]> {
    let path = folder.join("asconfig.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let config: Config =
        serde_json::from_str(&text).with_context(|| format!("{} is not as asc reads it", path.display()))?;
    Ok(if config.entries.is_empty() { &["assembly/index.ts"] } else { &[] })
}

/// Where the SDK is, and the folder in which asc finds it by its name.
struct Sdk {
    folder: PathBuf,
    packages: PathBuf,
}

impl Sdk {
    /// The project's own, else the one beside the source of this command.
    fn of(task: &Task) -> anyhow::Result<Self> {
        let packages = task.folder.join("node_modules");
        if packages.join(PACKAGE).is_dir() {
            return Ok(Self { folder: packages.join(PACKAGE), packages });
        }
        let none = || {
            let message = format!("{} has not installed {PACKAGE}", task.folder.display());
            CliError::new(message, format!("npm install --save-dev {PACKAGE}"))
        };
        let folder = sdk("assemblyscript").ok_or_else(none)?;
        // Found under its name, so that a component does not tell where the SDK lies. In a folder of this name no
        // test runner looks for tests.
        let packages = task.work.join("node_modules");
        link(&folder, &packages.join(PACKAGE))?;
        Ok(Self { folder, packages })
    }
}

fn link(target: &Path, link: &Path) -> anyhow::Result<()> {
    if std::fs::read_link(link).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let cannot = || format!("cannot make {}", link.display());
    if let Some(parent) = link.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    std::fs::remove_file(link).ok();
    std::os::unix::fs::symlink(target, link).with_context(cannot)
}

/// The script that is asc: the project's own, else one that is installed once for all projects.
fn compiler(task: &Task) -> anyhow::Result<PathBuf> {
    let asc = "node_modules/assemblyscript/bin/asc.js";
    let own = task.folder.join(asc);
    if own.is_file() {
        return Ok(own);
    }
    let is_missing = |folder: &Path| !folder.join(asc).is_file();
    let tools = task.installed(&format!("assemblyscript-{VERSION}"), is_missing, |it| install(task, it))?;
    Ok(tools.join(asc))
}

fn install(task: &Task, folder: &Path) -> anyhow::Result<()> {
    let package = format!("assemblyscript@{VERSION}");
    task.run(npm_install().arg("--prefix").arg(folder).arg(package), INSTALL)?;
    Ok(())
}

/// The module with its second world: `wit-component` makes one of both.
fn with_stderr(mut module: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let mut sources = SourceMap::default();
    sources.push(Path::new("stderr.wit"), STDERR);
    let package =
        sources.parse().map_err(|(_, error)| error).context("the world of stderr does not parse")?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(package).context("the world of stderr does not resolve")?;
    let world = resolve.select_world(&[package], Some("stderr"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF16)?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn one_version_of_asc_is_used_everywhere() {
        let wanted = format!("\"assemblyscript\": \"{VERSION}\"");
        for text in [
            include_str!("../../../sdks/assemblyscript/package.json"),
            include_str!("../templates/assemblyscript/package.json.txt"),
            include_str!("../../../guests/orders_assemblyscript/package.json"),
            include_str!("../../../guests/conformance_assemblyscript/package.json"),
        ] {
            assert!(text.contains(&wanted), "{text}");
        }
    }
}

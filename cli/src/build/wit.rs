//! The contract, for the tools of languages that want it as files or inside the module.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{Resolve, SourceMap, WorldId};

use super::Task;
use crate::errors::CliError;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../wit/", $name)))),*]
    };
}

/// The files of wit/.
const FILES: &[(&str, &str)] =
    files!["ambient.wit", "db.wit", "fetch.wit", "handlers.wit", "kv.wit", "queue.wit", "worlds.wit",];

/// Which handlers a guest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handlers {
    pub http: bool,
    pub job: bool,
}

impl Handlers {
    /// The world that exports just these.
    pub fn world(self) -> anyhow::Result<&'static str> {
        match (self.http, self.job) {
            (true, true) => Ok("service"),
            (true, false) => Ok("http"),
            (false, true) => Ok("job"),
            (false, false) => {
                let hint = "write one: flux new --lang <language> <name> makes a guest that has one";
                Err(CliError::new("the guest has no handler", hint).into())
            }
        }
    }

    /// What a core module exports.
    pub fn of_module(module: &[u8]) -> anyhow::Result<Self> {
        let mut handlers = Self { http: false, job: false };
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ExportSection(exports) = payload? {
                for export in exports {
                    let name = export?.name;
                    handlers.http |= name.starts_with("flux:host/http-handler@");
                    handlers.job |= name.starts_with("flux:host/job-handler@");
                }
            }
        }
        Ok(handlers)
    }
}

/// Writes wit/ into the task's folder, and returns where it is.
pub fn folder(task: &Task) -> anyhow::Result<PathBuf> {
    for (name, text) in FILES {
        task.file(&format!("wit/{name}"), text)?;
    }
    Ok(task.work.join("wit"))
}

/// Makes a component of a core module that exports handlers of the contract. `adapter` is what stands
/// between the preview 1 of WASI that the module imports and the preview 2 that hosts have.
pub fn componentize(
    module: &[u8],
    strings: StringEncoding,
    adapter: Option<&[u8]>,
) -> anyhow::Result<Vec<u8>> {
    let (resolve, world) = world(Handlers::of_module(module)?.world()?)?;
    let mut module = module.to_vec();
    wit_component::embed_component_metadata(&mut module, &resolve, world, strings)?;
    encode(&module, adapter)
}

/// As [`componentize`], of a module that says its world itself.
pub fn encode(module: &[u8], adapter: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
    let encoder = ComponentEncoder::default().validate(true).module(module)?;
    let mut encoder = match adapter {
        // What it remembers is in the module's memory: `cabi_realloc_adapter` gives it.
        Some(adapter) => encoder.adapter("wasi_snapshot_preview1", adapter)?,
        None => encoder,
    };
    encoder.encode().context("the module cannot be made a component")
}

fn world(name: &str) -> anyhow::Result<(Resolve, WorldId)> {
    let mut sources = SourceMap::default();
    for (name, text) in FILES {
        sources.push(Path::new(name), *text);
    }
    let package = sources.parse().map_err(|(_, error)| error).context("the contract does not parse")?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(package).context("the contract does not resolve")?;
    let world = resolve.select_world(&[package], Some(name))?;
    Ok((resolve, world))
}

//! The guests of flux.toml: their sources, and what is built of them.

use flux_api::Check;
use flux_host::count;
use flux_host::regular::{self, MAX_COMPONENT};
use flux_store::Guests as GuestFiles;

use super::super::shell::shell_word;
use super::found::{failed, warning, well};
use crate::config::{EngineKind, GuestConfig};
use crate::project::Project;

pub(super) fn check(project: &Project) -> Vec<Check> {
    project.config.guests.iter().map(|(name, guest)| one(project, name, guest)).collect()
}

fn one(project: &Project, name: &str, guest: &GuestConfig) -> Check {
    let source = project.folder.join(&guest.source);
    if !source.exists() {
        let hint = format!("correct source under [guests.{name}], or make it: flux new {}", shell_word(name));
        return failed("guest", name, format!("{} does not exist", source.display()), Some(hint));
    }
    if guest.engine == EngineKind::V8 && !cfg!(feature = "v8") {
        let hint = "build it for wasm, or install Flux with its feature v8";
        return failed("guest", name, "this flux has no V8", Some(hint.to_owned()));
    }
    let component = project.component(name, guest);
    match regular::read(&component, MAX_COMPONENT) {
        Ok(bytes) => {
            let digest = GuestFiles::digest(&bytes).short();
            well("guest", name, format!("build {digest}, {}", count(bytes.len(), "byte")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            warning("guest", name, "not built yet", "build it: flux build")
        }
        Err(error) => failed("guest", name, format!("cannot read {}: {error}", component.display()), None),
    }
}

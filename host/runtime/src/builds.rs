//! The builds that are there, loaded as a run loads them: what each can do, or why it cannot run here.

use std::path::PathBuf;

use flux_host::Handler;
use flux_host::regular::{self, MAX_COMPONENT};
use flux_host::wasm::LoadError;

use crate::config::GuestConfig;
use crate::engines::Engines;
use crate::error::RuntimeError;
use crate::project::Project;

/// A build of a guest that is there: a component or a bundle.
#[derive(Debug)]
pub struct LoadedBuild {
    /// The guest.
    pub guest: String,
    /// Whether the component is the guest's source. Otherwise a newer source may make another one.
    pub is_source: bool,
    /// Its handlers, or why it cannot run here.
    pub handlers: Result<Vec<Handler>, LoadError>,
}

impl Project {
    /// Loads every build that is there. Not for an async task: it may compile.
    ///
    /// # Errors
    /// The engines could not be made, or a file could not be read.
    pub fn builds(&self) -> Result<Vec<LoadedBuild>, RuntimeError> {
        let guests =
            self.config.guests.iter().map(|(name, config)| (name, config, self.component(name, config)));
        let there: Vec<_> = guests.filter(|(.., path)| path.is_file()).collect();
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let engines = Engines::of(self, &self.catalog.declarations()?)?;
        let build = |(name, config, path): (&String, &GuestConfig, PathBuf)| {
            let bytes =
                regular::read(&path, MAX_COMPONENT).map_err(|source| RuntimeError::File { path, source })?;
            let handlers = engines.load(&bytes).map(|guest| guest.handlers().to_vec());
            Ok(LoadedBuild { guest: name.clone(), is_source: config.is_built(), handlers })
        };
        there.into_iter().map(build).collect()
    }
}

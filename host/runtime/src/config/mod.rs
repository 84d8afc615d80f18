//! flux.toml: its types, and how a mistake in it is reported.

mod backends;
mod check;
mod error;
mod places;
mod record;
mod types;

use std::path::{Path, PathBuf};

pub use backends::*;
pub use error::ConfigError;
pub use places::{Address, Place, Span};
pub use record::*;
pub use types::*;

/// A flux.toml that was read and checked, and where it stands.
#[derive(Debug, Clone)]
pub struct Project {
    /// What it says.
    pub config: Config,
    /// The folder it stands in: paths are relative to it.
    pub folder: PathBuf,
}

impl Project {
    /// Reads and checks a flux.toml, or the one in a folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = if path.is_dir() { path.join("flux.toml") } else { path.to_owned() };
        let text = std::fs::read_to_string(&file)
            .map_err(|source| ConfigError::Unreadable { path: file.clone(), source })?;
        let config = parse(&file, &text)?;
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok(Self { config, folder: folder.unwrap_or(Path::new(".")).to_owned() })
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join(&self.config.app.data)
    }

    /// The file of a back end, in the data folder.
    pub fn database(&self, file: &str) -> PathBuf {
        self.data().join("data").join(file)
    }

    /// The component of a guest: what `flux build` makes, or the file that is named.
    pub fn component(&self, name: &str, guest: &GuestConfig) -> PathBuf {
        match guest.is_built() {
            true => self.folder.join(guest.source.get_ref()),
            false => self.data().join("build").join(format!("{name}.{}", guest.engine.extension())),
        }
    }
}

/// Parses and checks; the file's name is for errors.
pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let config: Config = toml::from_str(text).map_err(|error| ConfigError::of_toml(file, text, &error))?;
    check::check(file, text, &config)?;
    Ok(config)
}

/// The JSON Schema of flux.toml.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}

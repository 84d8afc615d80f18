//! What a section opens its back ends with.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::places::{Address, AppConfig, fill};
use crate::{Capabilities, Environment, Hint, Secrets};

/// The project that back ends are opened for, and the capabilities that are open already.
pub struct Opening<'a> {
    /// `[app]`.
    pub app: &'a AppConfig,
    /// The folder that flux.toml stands in: paths are relative to it.
    pub folder: &'a Path,
    /// Time and randomness.
    pub environment: Arc<dyn Environment>,
    /// What `[secrets]` names.
    pub secrets: Arc<Secrets>,
    /// The capabilities that are open: each section adds its own.
    pub capabilities: Capabilities,
}

impl Opening<'_> {
    /// A SQLite file in the data folder.
    pub fn database(&self, file: &str) -> PathBuf {
        self.app.databases(self.folder).join(file)
    }

    /// The URL of a server. `what` is the table whose it is, such as `[db.main]`.
    pub fn url(&self, what: &str, address: &Address) -> Result<String, OpenError> {
        let missing = |place| OpenError::Address { what: what.to_owned(), place };
        address.read(self.folder).map_err(missing)
    }
}

/// What keeps a capability from being opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A back end.
    #[error("cannot open {what}")]
    Backend {
        /// The table of flux.toml.
        what: String,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
        /// What to do, where the back end knows.
        hint: Option<String>,
    },
    /// An address that is not there.
    #[error("the address of {what} is not in {place}")]
    Address {
        /// The table of flux.toml.
        what: String,
        /// Where flux.toml says it is.
        place: String,
    },
    /// A file that is needed.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl OpenError {
    /// Why the back end of a table of flux.toml cannot be opened.
    pub fn backend<E: Into<Box<dyn Error + Send + Sync>>>(what: &str) -> impl FnOnce(E) -> Self + use<E> {
        let what = what.to_owned();
        move |source| Self::Backend { what, source: source.into(), hint: None }
    }

    /// The same for a back end that knows what to do.
    pub fn hinting<E: Hint + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Self + use<E> {
        let what = what.to_owned();
        move |source| Self::Backend { what, hint: source.hint(), source: source.into() }
    }
}

impl Hint for OpenError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Backend { hint, .. } => hint.clone(),
            Self::Address { place, .. } => Some(format!("{}, or write the URL itself", fill(place))),
            Self::File { .. } => Some("correct its name in flux.toml, or make the file".to_owned()),
        }
    }
}

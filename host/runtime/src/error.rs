//! What can keep an app from starting.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use flux_host::section::fill;
use flux_host::wasm::{EngineError, LoadError};
use flux_host::{DeclarationError, Hint};
use flux_recorder::{Digest, FormatError};
use flux_redaction::RedactionError;
use flux_store::StoreError;

use crate::config::ConfigError;

/// The variant names the step that failed; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// flux.toml.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a capability says of itself.
    #[error(transparent)]
    Declaration(#[from] DeclarationError),
    /// What is never written, or its keys.
    #[error(transparent)]
    Redaction(#[from] RedactionError),
    /// A component or a bundle that is needed.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A guest that was not built.
    #[error("guest '{name}' is not built: {} does not exist", path.display())]
    NotBuilt {
        /// Its name.
        name: String,
        /// Where it is expected.
        path: PathBuf,
    },
    /// A guest that cannot run here.
    #[error("cannot load {}", path.display())]
    Load {
        /// The component.
        path: PathBuf,
        /// Why not.
        source: LoadError,
    },
    /// A capability.
    #[error(transparent)]
    Open(#[from] flux_host::section::OpenError),
    /// A secret that is not there.
    #[error("secret '{name}' is not in {place}")]
    Secret {
        /// Its name.
        name: String,
        /// Where flux.toml says it is.
        place: String,
    },
    /// The guest that a recording names is gone.
    #[error("the guest {0} is not in the data folder")]
    NoGuest(Digest),
    /// A recording that cannot be read.
    #[error("cannot read the recording")]
    Recording(#[from] FormatError),
    /// A recorded input that this release does not know.
    #[error("the recording's trigger cannot be replayed")]
    Trigger(#[source] flux_recorder::DecodeError),
    /// The replay could not go on.
    #[error("the replay could not run: {0}")]
    Replay(#[from] flux_replay::Unended),
    /// An entry of `[replay]`.
    #[error(transparent)]
    Tolerance(#[from] flux_replay::PatternError),
    /// The replayer is over.
    #[error("the replayer is closed")]
    Closed,
    /// A guest that neither flux.toml nor the records have.
    #[error("there is no guest '{name}'")]
    NoSuchGuest {
        /// What was asked for.
        name: String,
        /// What there is.
        guests: Vec<String>,
    },
    /// Several guests could be the one that a component replaces.
    #[error("which guest does the component replace? It could be {}", guests.join(", "))]
    WhichGuest {
        /// Those that it could be.
        guests: Vec<String>,
    },
}

impl Hint for RuntimeError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Config(error) => error.code(),
            Self::Load { source, .. } => source.code(),
            Self::Store(error) => error.code(),
            Self::Recording(FormatError::Newer { .. }) => Some("FLX0302"),
            Self::Recording(_) | Self::Trigger(_) => Some("FLX0301"),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Load { source, .. } => source.hint(),
            Self::Store(error) => store_hint(error),
            Self::Redaction(error) => error.hint(),
            Self::Engine(_) => Some(
                "lower [limits] concurrency: each execution at once has a place in the address space"
                    .to_owned(),
            ),
            Self::File { source, .. } if source.kind() == ErrorKind::NotFound => {
                Some("correct the path, or build it: flux build FOLDER -o new.wasm".to_owned())
            }
            Self::File { .. } => Some("name the file of a component (.wasm) or of a bundle (.js)".to_owned()),
            Self::NotBuilt { .. } => Some("build it: flux build".to_owned()),
            Self::Secret { place, .. } => {
                Some(format!("{}, or take the secret out of [secrets]", fill(place)))
            }
            Self::Open(error) => error.hint(),
            Self::NoGuest(_) => Some("name a component to replay against: --against FILE".to_owned()),
            Self::Recording(FormatError::Newer { major, .. }) => {
                Some(format!("use a release of Flux that reads format {major}: see recorder/FORMAT.md"))
            }
            Self::Tolerance(error) => Some(error.hint()),
            Self::NoSuchGuest { guests, .. } if guests.is_empty() => {
                Some("name a guest of flux.toml, or one that ran here: flux guests".to_owned())
            }
            Self::NoSuchGuest { guests, .. } => Some(format!("there are: {}", guests.join(", "))),
            Self::WhichGuest { guests } => {
                Some(format!("name it: --guest {}", guests.first().map_or("NAME", String::as_str)))
            }
            Self::Recording(_) | Self::Trigger(_) => {
                Some("the bytes changed after they were written; take another copy".to_owned())
            }
            _ => None,
        }
    }
}

/// What to do about an error of the store.
pub fn store_hint(error: &StoreError) -> Option<String> {
    match error {
        StoreError::SpoolInUse { .. } => Some(
            "one flux run per data folder: stop the other, or give this one its own [app] data".to_owned(),
        ),
        StoreError::Foreign { path, .. } => Some(format!(
            "recordings are for their owner only: run Flux as that user, chown {} to yours, or name another [app] data",
            path.display()
        )),
        StoreError::NewerSchema { .. } | StoreError::NewerSpool { .. } => Some(
            "this data folder belongs to a newer Flux: use that release, or another [app] data".to_owned(),
        ),
        StoreError::Url { .. } => {
            Some("write postgres = \"postgres://user:password@host:5432/database\"".to_owned())
        }
        StoreError::File { path, source, .. } => file_hint(path, source.kind()),
        StoreError::Database { source, .. } if source.hint().is_some() => source.hint(),
        error if error.is_unreachable() => Some("start its server, or correct [record] postgres".to_owned()),
        _ => None,
    }
}

/// What to do about a file of the data folder that cannot be used.
fn file_hint(path: &Path, why: ErrorKind) -> Option<String> {
    let path = path.display();
    match why {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some(format!("the disk is full: free some space on the one that holds {path}"))
        }
        ErrorKind::ReadOnlyFilesystem => {
            Some(format!("the disk that holds {path} only reads: name another folder in [app] data"))
        }
        ErrorKind::PermissionDenied => Some(format!(
            "the user who runs Flux must be able to write {path}: change its rights, or name another folder in [app] data"
        )),
        _ => None,
    }
}

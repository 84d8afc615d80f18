//! What can go wrong in this crate.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flux_recorder::{Digest, FormatError};
use uuid::Uuid;

/// The variant names the step that failed; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder could not be used.
    #[error("cannot {step} {}", path.display())]
    File {
        /// What was tried, such as `create`.
        step: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder for what nobody else may read belongs to somebody else.
    #[error("the folder {} belongs to the user with id {owner}, and this is {user}", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who runs this.
        user: u32,
    },
    /// Another process writes to this spool.
    #[error("the spool {} is in use by process {pid}", path.display())]
    SpoolInUse {
        /// The spool's folder.
        path: PathBuf,
        /// What its lock file says.
        pid: String,
    },
    /// The spool was left by a newer Flux.
    #[error("the spool segment {} has version {found}, this Flux reads {supported}", path.display())]
    NewerSpool {
        /// The segment.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest that this build reads.
        supported: u32,
    },
    /// Bytes could not be brought to the disk: the response must not be sent.
    #[error("cannot sync the spool to disk")]
    Sync(#[source] Arc<io::Error>),
    /// The record store was written by a newer Flux. Nothing in it was changed.
    #[error("the record store {store} has schema {found}, this Flux knows {supported}")]
    NewerSchema {
        /// The database.
        store: String,
        /// Its schema's version.
        found: i64,
        /// The newest that this build knows.
        supported: i64,
    },
    /// The address of the record store cannot be read. It is not repeated: it may hold a password.
    #[error("the record store's address is not like postgres://user:password@host:5432/database")]
    Url {
        /// Why not.
        source: sqlx::Error,
    },
    /// The database refused, or could not be asked.
    #[error("cannot {step} the record store {store}")]
    Database {
        /// What was tried.
        step: &'static str,
        /// The database.
        store: String,
        /// Why not.
        source: flux_sql::Error,
    },
    /// A stored row is not what was once written.
    #[error("the record of execution {id} is damaged: {what}")]
    Damaged {
        /// The execution, where it can be read.
        id: Uuid,
        /// What is wrong.
        what: &'static str,
    },
    /// An execution's bytes are no journal.
    #[error("execution {id} has no readable journal")]
    Journal {
        /// The execution.
        id: Uuid,
        /// Why.
        source: FormatError,
    },
    /// A guest has other bytes than its name says.
    #[error("the guest {place} holds bytes of digest {found}")]
    GuestDamaged {
        /// The file, or the guest and the record store.
        place: String,
        /// The digest of what it holds.
        found: Digest,
    },
    /// Finished executions could not be shipped; the spool keeps them.
    #[error("recordings wait in the spool")]
    Shipping(#[source] Arc<StoreError>),
    /// The store is closed.
    #[error("the record store is closed")]
    Closed,
}

impl StoreError {
    /// The stable code, where the error has a page under docs/errors/.
    pub fn code(&self) -> Option<&'static str> {
        matches!(self, Self::NewerSchema { .. } | Self::NewerSpool { .. }).then_some("FLX0303")
    }

    /// Whether the record store could not be asked just now, and the same may work later.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Database { source, .. } if source.is_unreachable())
    }
}

/// Names the step and the file of an IO error.
pub(crate) fn file(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::File { step, path: path.to_owned(), source }
}

/// Names the step and the record store of a database's error.
pub(crate) fn database<E: Into<flux_sql::Error>>(
    step: &'static str,
    store: &impl Display,
) -> impl FnOnce(E) -> StoreError {
    let store = store.to_string();
    move |source| match source.into() {
        // The store itself said why it cannot be used.
        flux_sql::Error::Unprepared(error) => match error.downcast::<StoreError>() {
            Ok(error) => *error,
            Err(error) => StoreError::Database { step, store, source: flux_sql::Error::Unprepared(error) },
        },
        source => StoreError::Database { step, store, source },
    }
}

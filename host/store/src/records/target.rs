//! Where a record store is.

use std::fmt;
use std::path::{Path, PathBuf};

use flux_sql::Address;

use crate::error::StoreError;

/// Where a record store is. Printed, it has no password.
#[derive(Clone)]
pub enum Target {
    /// A file, for one node.
    Sqlite(PathBuf),
    /// A database that several nodes may share.
    Postgres(Address),
}

impl Target {
    /// A database by its URL, `postgres://user:password@host:port/database`. What the URL does not
    /// say is taken from PGHOST, PGPASSWORD and the other variables of PostgreSQL's own tools.
    pub fn postgres(url: &str) -> Result<Self, StoreError> {
        Ok(Self::Postgres(Address::parse(url).map_err(|source| StoreError::Url { source })?))
    }
}

impl From<&Path> for Target {
    fn from(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

impl From<&PathBuf> for Target {
    fn from(path: &PathBuf) -> Self {
        Self::Sqlite(path.clone())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => write!(f, "{address}"),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

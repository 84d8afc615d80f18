//! Where a record store is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

/// Where a record store is. Printed, it has no password.
#[derive(Clone)]
pub enum Target {
    /// A file, for one node.
    Sqlite(PathBuf),
    /// A database that several nodes may share.
    Postgres(PostgresUrl),
}

/// The address of a PostgreSQL database, as read from its URL.
#[derive(Clone)]
pub struct PostgresUrl(pub(super) Box<PgConnectOptions>);

impl Target {
    /// A database by its URL, `postgres://user:password@host:port/database`. What the URL does not
    /// say is taken from PGHOST, PGPASSWORD and the other variables of PostgreSQL's own tools.
    pub fn postgres(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Url { source: None });
        }
        let options = PgConnectOptions::from_str(url);
        let options = options.map_err(|source| StoreError::Url { source: Some(source) })?;
        Ok(Self::Postgres(PostgresUrl(Box::new(options))))
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
            Self::Postgres(PostgresUrl(options)) => {
                let database = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => write!(f, "postgres:///{database} at {}", socket.display()),
                    None => {
                        write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port())
                    }
                }
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresUrl").field("host", &self.0.get_host()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_address_has_no_password() {
        let target = Target::postgres("postgres://flux:hush%21@db.example:5433/records").unwrap();
        for printed in [target.to_string(), format!("{target:?}")] {
            assert!(printed.contains("db.example:5433/records") && !printed.contains("hush"), "{printed}");
        }
        for wrong in ["mysql://root:hush@db/flux", "postgres://flux:hush@db:port/flux", "records.db"] {
            let error = Target::postgres(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }
}

//! How much a guest may use of a database, and why one is not ready.

use std::path::PathBuf;
use std::time::Duration;

use flux_host::Hint;

/// How much a guest may use of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbOptions {
    /// How many statements run at once; an open transaction counts as one.
    pub max_connections: usize,
    /// How long one statement may run, and how long it waits for a connection.
    pub statement_timeout: Duration,
    /// The most rows of an answer.
    pub max_rows: usize,
    /// The most bytes of an answer.
    pub max_bytes: usize,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            max_connections: 4,
            statement_timeout: Duration::from_secs(10),
            max_rows: 10_000,
            max_bytes: 16 << 20,
        }
    }
}

/// Why a database is not ready. A database is named by its file, or its address without a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened.
    #[error("cannot open the database {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: flux_sql::Error,
    },
    /// What flux.toml has is no address.
    #[error(
        "this is no address of a database; hint: postgres = \"postgres://user:password@host:5432/database\""
    )]
    Address {
        /// Why.
        source: sqlx::Error,
    },
    /// The server cannot be reached, or lets nobody in.
    #[error("cannot reach the database {database}")]
    Server {
        /// The address.
        database: String,
        /// Why.
        source: flux_sql::Error,
    },
    /// The server took too long to answer.
    #[error("the database {database} does not answer")]
    Silent {
        /// The address.
        database: String,
    },
    /// A migration failed; those before it stay.
    #[error("cannot migrate {database} with {}{}", file.display(), line.map(|it| format!(":{it}")).unwrap_or_default())]
    Migrate {
        /// The database's file or address.
        database: String,
        /// The migration, or its folder.
        file: PathBuf,
        /// The line of the statement that failed, from 1.
        line: Option<usize>,
        /// Why.
        source: MigrationError,
    },
}

/// Why a migration did not run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database refused one of its statements.
    #[error("{0}")]
    Statement(String),
    /// It is another one than that which ran.
    #[error("it ran before, and was edited since")]
    Edited,
    /// Its file is gone.
    #[error("migration {0} ran before, and its file is not there any more")]
    Missing(i64),
    /// What else there is.
    #[error("{0}")]
    Other(String),
}

impl Hint for OpenError {
    fn hint(&self) -> Option<String> {
        let file = || Some("see that the file is SQLite's, and that this user may write to it".to_owned());
        let server = || Some("start its server, or correct its address in flux.toml".to_owned());
        let (database, file, source) = match self {
            Self::File { source, .. } => return source.hint().or_else(file),
            Self::Server { source, .. } => return source.hint().or_else(server),
            Self::Silent { .. } => return server(),
            Self::Address { .. } => return None,
            Self::Migrate { database, file, source, .. } => (database, file, source),
        };
        Some(match source {
            MigrationError::Statement(_) => {
                format!("correct {}: nothing of it was applied", file.display())
            }
            MigrationError::Edited => format!(
                "undo the edit, and write the change into a new file beside it; in development you can remove {database} \
                 instead, with all that is in it"
            ),
            MigrationError::Missing(_) => "bring the file back, as it was when it ran".to_owned(),
            MigrationError::Other(_) => format!(
                "look at the newest migrations of {}: each is run in a transaction, so it has no BEGIN and no COMMIT of its own",
                file.display()
            ),
        })
    }
}

//! Why a back end is not ready, and errors in words.

use std::path::PathBuf;

use flux_host::Hint;
use flux_host::bindings::flux::host::queue::Error;

/// The variant names what was opened, never with a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened.
    #[error("cannot open the queues in {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: flux_sql::Error,
    },
    /// The address cannot be read.
    #[error(
        "this is no address of a PostgreSQL database; hint: write postgres://user:password@host:5432/database"
    )]
    PostgresUrl(#[source] sqlx::Error),
    /// The database cannot be reached, or the tables not be made.
    #[error("cannot open the queues in {identity}")]
    Postgres {
        /// The database.
        identity: String,
        /// Why.
        source: flux_sql::Error,
    },
    /// The address cannot be read.
    #[error("this is no address of a NATS server; hint: write nats://host:4222")]
    NatsUrl(#[source] std::io::Error),
    /// The server cannot be reached.
    #[error("cannot connect to NATS at {server}")]
    Nats {
        /// Its host and port, or those of a cluster.
        server: String,
        /// Why.
        source: async_nats::ConnectError,
    },
}

impl Hint for OpenError {
    fn hint(&self) -> Option<String> {
        let start = || "start its server, or correct its address in flux.toml".to_owned();
        match self {
            Self::Sqlite { source, .. } => source.hint(),
            Self::Postgres { source, .. } => Some(match source.hint() {
                Some(hint) => hint,
                None if source.is_unreachable() => start(),
                None => "the user needs the right to create the schema flux once".to_owned(),
            }),
            Self::Nats { .. } => Some(start()),
            Self::PostgresUrl(_) | Self::NatsUrl(_) => None,
        }
    }
}

/// Why a queue did not do what it was asked.
pub fn reason(error: Error) -> String {
    match error {
        Error::Unavailable(why) | Error::Denied(why) => why,
        Error::TooLarge => "the payload is too large".to_owned(),
    }
}

//! What can go wrong, and what a failure means for its connection.

use crate::hint::hint;
use crate::result_code::{self, BUSY};

/// Why a statement gave nothing. Printed, an error says what the database said, without a hint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection became free in time.
    #[error("all connections are in use ({0})")]
    Busy(usize),
    /// No connection could be made in time.
    #[error("connecting timed out: the database does not answer")]
    Silent,
    /// The statement did not end in time. Its connection was closed.
    #[error("the statement timed out")]
    Timeout,
    /// The connection was lost before, or the pool was closed.
    #[error("the connection is closed")]
    Closed,
    /// The file was removed or replaced in the middle of a transaction, which is undone.
    #[error("{0} was removed or replaced in the middle of a transaction")]
    Lost(String),
    /// The database refused a statement.
    #[error("{}", said(.0))]
    Database(sqlx::Error),
    /// The database cannot be reached, or cannot do what it should for any statement.
    #[error("{}", said(.error))]
    Down {
        /// Which one, without a password.
        database: String,
        /// Why. No source: it would be told twice.
        error: sqlx::Error,
    },
    /// The database could not be prepared for its users.
    #[error(transparent)]
    Unprepared(Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Error {
    /// Whether the same may work later, when the database is back or has less to do. Otherwise the database refused,
    /// and will refuse again.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Silent | Self::Timeout | Self::Closed | Self::Lost(_) => true,
            Self::Database(error) | Self::Down { error, .. } => is_away(error),
            Self::Unprepared(_) => false,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Busy(_) => Some("end transactions early".to_owned()),
            Self::Down { database, error } => hint(database, error),
            Self::Database(sqlx::Error::Database(error)) if result_code::of(&**error) == BUSY => {
                Some("another process writes to the same file: end it, or try again".to_owned())
            }
            _ => None,
        }
    }

    /// The error and what to do about it, as a guest is told.
    pub fn with_hint(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; hint: {hint}"),
            None => self.to_string(),
        }
    }
}

fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
        // Connections, resources, operators: the server starts, ends, or has too much to do.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

/// What a database said, in its own words. The driver adds codes, and the line of PostgreSQL's own source.
pub fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => format!("the database cannot be reached: {error}"),
        other => other.to_string(),
    }
}

/// What becomes of a connection after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The statement failed, and the connection is as it was.
    Keep,
    /// Nobody knows what state the connection is in: it is closed.
    Close,
    /// The same, and the other connections are as doubtful: a server that ended, a file that is gone.
    CloseAll,
}

//! What can go wrong, and what a failure means for its connection.

/// Why a statement gave nothing.
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
    /// The database, or the way to it, failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// Whether the same may work later, when the database is back or has less to do. Otherwise the database refused,
    /// and will refuse again.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Silent | Self::Timeout | Self::Closed => true,
            Self::Database(sqlx::Error::Io(_) | sqlx::Error::PoolClosed) => true,
            // Connections, resources, operators: the server starts, ends, or has too much to do.
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
                code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class))
            }),
            Self::Database(_) => false,
        }
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

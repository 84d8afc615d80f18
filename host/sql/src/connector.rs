//! What a pool has to know of one kind of database.

use std::time::Duration;

use crate::error::Fate;

/// How connections to one kind of database are made, reset and judged.
pub trait Connector: Send + Sync + 'static {
    /// One connection. Dropped, it ends: what it runs is stopped, what was not committed is undone.
    type Connection: Send + 'static;

    /// Begins a transaction.
    const BEGIN: &'static str;
    /// What makes a connection as new, outside and inside of a transaction, after a user who may have changed it.
    const FORGET: [Option<&'static str>; 2];
    /// How much longer than its limit a statement is waited for, where the server stops it by itself.
    const GRACE: Duration;

    /// A new connection.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, sqlx::Error>> + Send;

    /// Whether the other end is still there, asked where nobody used the connection for a while.
    fn ping(_connection: &mut Self::Connection) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// What became of the database since the connection was made, if that can be seen from outside. It is looked for
    /// before each use.
    fn change(&self, _connection: &Self::Connection) -> Option<Change> {
        None
    }

    /// Runs one of the host's own texts.
    fn command(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Ends a connection in peace.
    fn close(connection: Self::Connection) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// What a failure means for its connection.
    fn fate(error: &sqlx::Error) -> Fate;

    /// The same text for the same database, without a password.
    fn identity(&self) -> String;
}

/// What became of a file that is open. What is written to it now is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There is no file under its name any more.
    Removed,
    /// There is another file under its name.
    Replaced,
}

/// How a pool is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    /// How many statements run at once; an open transaction counts as one. At least 1.
    pub max_connections: usize,
    /// How long it may take to connect.
    pub connect: Duration,
    /// How long one statement may run, and how long is waited for a connection to become free.
    pub statement: Duration,
    /// Whether the users are strangers to each other: a connection then forgets what one did before another has it.
    pub strangers: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { max_connections: 4, connect: seconds(5), statement: seconds(10), strangers: false }
    }
}

//! Where finished executions are queried: SQLite, one file, one row per execution.
//!
//! A row has what lists and selections need beside the journal, so nothing is decoded to answer
//! them. Ids are UUIDs of version 7, ordered by time: newest first is the id's index read backwards,
//! and costs the same however many records there are. Failures, statuses of 400 or more and names
//! have small indexes of their own; a selection by anything else reads rows, newest first.
//!
//! Decided against: `WITHOUT ROWID`, because rows with a journal are longer than what such a table
//! keeps in a page, and a table of its own for journals, because it doubles the cost of an insert
//! for the sake of scans that nobody waits for.

mod guests;
mod insert;
mod schema;
mod select;
mod shipment;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use guests::GuestVersion;
pub use schema::SCHEMA;
pub use select::{InvalidStatus, Journals, Selection, StatusRange};
pub use shipment::{Shipment, Summary};

use crate::error::{StoreError, database, file};
use crate::private;

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct RecordsOptions {
    /// How long a statement waits for another process that writes.
    pub busy_timeout: Duration,
    /// Whether a commit is on the disk when it returns. Otherwise a power cut may take the last
    /// ones; the database stays whole.
    pub synced: bool,
    /// How many connections there may be.
    pub connections: u32,
}

impl Default for RecordsOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), synced: false, connections: 4 }
    }
}

/// The record store. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Records {
    pool: SqlitePool,
    path: PathBuf,
}

impl Records {
    /// Opens the store with the usual options; makes it if it is missing, brings it up to date if
    /// it is older.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &RecordsOptions::default()).await
    }

    /// The same, with options.
    pub async fn open_with(path: &Path, options: &RecordsOptions) -> Result<Self, StoreError> {
        // Made here and not by SQLite, for the mode; SQLite gives its companion files the same.
        private::open_or_create(path).map_err(file("open", path))?;
        // Before anything else is asked of it: a newer store must stay as it is.
        schema::check(path, options).await?;
        let synchronous = if options.synced { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(options.busy_timeout)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            // A row with its journal is about a kilobyte: in large pages less is left over, and an
            // insert costs a quarter less.
            .page_size(16 << 10)
            // In pages. Those near the end are written in every batch: each checkpoint copies them.
            .pragma("wal_autocheckpoint", "1000");
        let records = Self::connect(path, connect, options).await?;
        schema::migrate(&records).await?;
        Ok(records)
    }

    /// Opens a store that exists, for reading beside the process that writes it.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let options = RecordsOptions::default();
        schema::check(path, &options).await?;
        let connect =
            SqliteConnectOptions::new().filename(path).busy_timeout(options.busy_timeout).read_only(true);
        Self::connect(path, connect, &options).await
    }

    async fn connect(
        path: &Path,
        connect: SqliteConnectOptions,
        options: &RecordsOptions,
    ) -> Result<Self, StoreError> {
        let connect = connect.thread_name(|index| format!("flux-records-{index}"));
        let pool = SqlitePoolOptions::new().max_connections(options.connections).connect_with(connect).await;
        Ok(Self { pool: pool.map_err(database("open", path))?, path: path.to_owned() })
    }

    /// Closes all connections, when they are done.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self, step: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
        database(step, &self.path)
    }
}

//! Where finished executions are queried: one row per execution, in SQLite or PostgreSQL.
//!
//! A row has what lists and selections need beside the journal, so nothing is decoded to answer
//! them. Ids are UUIDs of version 7, ordered by time: newest first is the id's index read backwards,
//! and costs the same however many records there are. Failures, statuses of 400 or more, names and
//! guests have small indexes of their own; a selection by anything else reads rows, newest first.
//!
//! Both databases are asked in the same words: `dialect.rs` has the few that differ, `open.rs` how they are
//! reached and made.
//!
//! Decided against: `WITHOUT ROWID`, because rows with a journal are longer than what such a table
//! keeps in a page, and a table of its own for journals, because it doubles the cost of an insert
//! for the sake of scans that nobody waits for. sqlx's `Any` driver, because it knows no UUIDs.

mod arrivals;
mod dialect;
mod guests;
mod insert;
mod journals;
mod open;
mod options;
mod prune;
mod schema;
mod select;
mod target;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use flux_sql::Database;

pub use arrivals::Arrivals;
pub use journals::Journals;
pub use options::{Access, RecordsOptions, Timeouts};
pub use prune::{Pruned, Retention};
pub use schema::SCHEMA;
pub use select::{InvalidStatus, SHORTEST_ID, Selection, StatusRange};
pub use target::Target;

use crate::error::{StoreError, database};

/// The record store. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Records(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    target: Target,
    database: Database,
}

impl Records {
    /// Opens the store with the usual options; makes it if it is missing, brings it up to date if
    /// it is older.
    pub async fn open(target: impl Into<Target>) -> Result<Self, StoreError> {
        Self::open_with(target, RecordsOptions::default()).await
    }

    /// Opens a store for reading beside those who write it. It must exist, and is brought up to date
    /// if it is older.
    pub async fn open_read_only(target: impl Into<Target>) -> Result<Self, StoreError> {
        Self::open_with(target, RecordsOptions { access: Access::Read, ..RecordsOptions::default() }).await
    }

    /// The same, with options.
    pub async fn open_with(target: impl Into<Target>, options: RecordsOptions) -> Result<Self, StoreError> {
        let records = Self::at(target, options);
        records.prepare().await?;
        Ok(records)
    }

    /// A store that is opened when it is first asked for something, and again after each failure.
    pub fn at(target: impl Into<Target>, options: RecordsOptions) -> Self {
        let target = target.into();
        let database = open::prepared(&target, &options);
        Self(Arc::new(Shared { target, database }))
    }

    /// Opens the store, if that was not done yet. A newer one is refused, before anything else is
    /// asked of it.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        self.0.database.reach().await.map_err(self.failed("open"))
    }

    /// Goes up whenever the store may be another than before, which knows nothing.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.database.epoch()
    }

    /// Closes all connections, when they are done.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    /// Where it is.
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    fn database(&self) -> &Database {
        &self.0.database
    }

    fn failed<E: Into<flux_sql::Error>>(&self, step: &'static str) -> impl FnOnce(E) -> StoreError {
        database(step, &self.0.target)
    }
}

//! The `db` capability: SQL databases by label, on SQLite or Postgres.
//!
//! A database that flux.toml does not name is denied, with the lines that would allow it. A back end is a
//! [`Database`]; the guest's side is [`View`], two lines a function. A statement is looked at before a
//! database sees it: one statement, no way out of its own database. What the two kinds of database have in
//! common is written once, over the pool of `flux-sql`; what differs is their `Dialect`. docs/db.md says what a
//! guest sees of either.

mod dialect;
mod options;
mod pooled;
mod postgres;
mod session;
mod sql;
mod sqlite;
mod syntax;
mod transaction;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use flux_host::bindings::flux::host::db::{Error, Failure, Rows, Value};
use flux_host::wasm::State;
use flux_host::{Answer, Capability, Transaction};
use wasmtime::component::Linker;

pub use options::{DbOptions, OpenError};
pub use pooled::Pooled;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
pub use view::View;

/// A database. Dropping an answer before it came leaves nothing behind but, perhaps, its change.
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows>;
    /// Runs one statement and returns the number of rows it changed.
    fn execute<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64>;
    /// The same text for the same database, without a password: what is in it may join a transaction.
    fn identity(&self) -> Arc<str>;
    /// Begins a transaction.
    fn begin(&self) -> Answer<'_, Box<dyn Transaction>>;
}

/// The databases of an app.
pub struct Db(HashMap<String, Arc<dyn Database>>);

impl Db {
    /// Databases by label.
    pub fn new(databases: HashMap<String, Arc<dyn Database>>) -> Self {
        Self(databases)
    }

    fn database(&self, label: &str) -> Result<&dyn Database, Error> {
        self.0.get(label).map(|it| &**it).ok_or_else(|| {
            Error::Denied(format!(
                "database '{label}' is not in flux.toml [FLX0501]; hint: add\n[db.{label}]\nsqlite = \"{label}.db\"\nor, in place of the last line\npostgres = \"postgres://user:password@host/database\""
            ))
        })
    }

    async fn query(&self, label: &str, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        self.database(label)?.query(sql, params).await
    }

    async fn execute(&self, label: &str, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.database(label)?.execute(sql, params).await
    }

    async fn begin(&self, label: &str) -> Result<(Arc<str>, Box<dyn Transaction>), Error> {
        let database = self.database(label)?;
        Ok((database.identity(), database.begin().await?))
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("databases", &self.0.keys()).finish()
    }
}

impl Capability for Db {
    type Held = ();
    const INTERFACE: &'static str = "db";

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

/// A failure that names no constraint.
fn failure(message: impl Into<String>) -> Failure {
    Failure { message: message.into(), detail: None }
}

/// The guest's mistake.
fn invalid(message: impl Into<String>) -> Error {
    Error::Invalid(failure(message))
}

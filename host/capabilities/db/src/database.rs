//! What a database does, and those of an app by label.

use std::collections::HashMap;
use std::sync::Arc;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{DbFuture, Transaction};

/// A database. Dropping an answer before it came leaves nothing behind but, perhaps, its change.
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows>;
    /// Runs one statement and returns the number of rows it changed.
    fn execute<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, u64>;
    /// The same text for the same database, without a password: what is in it may join a transaction.
    fn identity(&self) -> Arc<str>;
    /// Begins a transaction.
    fn begin(&self) -> DbFuture<'_, Box<dyn Transaction>>;
}

/// The databases of an app.
pub struct Db(HashMap<String, Arc<dyn Database>>);

impl Db {
    /// Databases by label.
    pub fn new(databases: HashMap<String, Arc<dyn Database>>) -> Self {
        Self(databases)
    }

    pub(crate) fn database(&self, label: &str) -> Result<&dyn Database, Error> {
        self.0.get(label).map(|it| &**it).ok_or_else(|| {
            Error::Denied(format!(
                "database '{label}' is not in flux.toml [FLX0501]; hint: add\n[db.{label}]\nsqlite = \"{label}.db\"\nor, in place of the last line\npostgres = \"postgres://user:password@host/database\""
            ))
        })
    }

    pub(crate) async fn query(&self, label: &str, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        self.database(label)?.query(sql, params).await
    }

    pub(crate) async fn execute(&self, label: &str, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.database(label)?.execute(sql, params).await
    }

    pub(crate) async fn begin(&self, label: &str) -> Result<(Arc<str>, Box<dyn Transaction>), Error> {
        let database = self.database(label)?;
        Ok((database.identity(), database.begin().await?))
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("databases", &self.0.keys()).finish()
    }
}

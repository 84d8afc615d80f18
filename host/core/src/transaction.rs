//! The transactions that an execution has open.
//!
//! They stand here and not in the `db` capability, because another capability whose data is in the same
//! database may join one: a job that is sent inside a transaction is there when it commits, and only then.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::bindings::flux::host::db::{Error, Rows, Value};

/// What a database gives, when it has.
pub type DbFuture<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// What is done once a transaction has committed.
pub type AfterCommit = Box<dyn FnOnce() + Send>;

/// An open transaction. Dropped, it is rolled back.
pub trait Transaction: Send {
    /// Runs one statement and returns its rows. Parameters are `$1`, `$2`, …
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows>;
    /// Runs one statement and returns the number of rows it changed.
    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, u64>;
    /// Makes the changes permanent; if that fails they are undone.
    fn commit(self: Box<Self>) -> DbFuture<'static, ()>;
    /// Undoes the changes.
    fn rollback(self: Box<Self>) -> DbFuture<'static, ()>;
}

/// A transaction and who waits for its commit.
pub struct OpenTransaction {
    handle: u32,
    database: Arc<str>,
    transaction: Box<dyn Transaction>,
    after_commit: Vec<AfterCommit>,
}

impl OpenTransaction {
    /// The transaction.
    pub fn get(&mut self) -> &mut dyn Transaction {
        &mut *self.transaction
    }

    /// Calls `after` once the changes are permanent; never, if they are undone.
    pub fn after_commit(&mut self, after: AfterCommit) {
        self.after_commit.push(after);
    }

    /// Makes the changes permanent.
    pub async fn commit(self) -> Result<(), Error> {
        self.transaction.commit().await?;
        self.after_commit.into_iter().for_each(|after| after());
        Ok(())
    }

    /// Undoes the changes.
    pub async fn rollback(self) -> Result<(), Error> {
        self.transaction.rollback().await
    }
}

/// The open transactions of one execution, the newest last. It ends, and they are rolled back.
#[derive(Default)]
pub struct Transactions {
    live: Vec<OpenTransaction>,
    // The handles of all that the guest has not ended: in a replay too, where none is live.
    open: Vec<u32>,
}

impl Transactions {
    /// Keeps a transaction behind the guest's handle. `database` is the same text for the same database.
    pub fn add(&mut self, handle: u32, database: Arc<str>, transaction: Box<dyn Transaction>) {
        self.live.push(OpenTransaction { handle, database, transaction, after_commit: Vec::new() });
    }

    /// The guest has a transaction behind this handle from now on.
    pub fn begun(&mut self, handle: u32) {
        self.open.push(handle);
    }

    /// The guest ends it; whether it was open.
    pub fn end(&mut self, handle: u32) -> bool {
        let at = self.open.iter().position(|open| *open == handle);
        at.map(|at| self.open.remove(at)).is_some()
    }

    /// The handle of the newest that is open.
    pub(crate) fn newest(&self) -> Option<u32> {
        self.open.last().copied()
    }

    /// The transaction behind a handle.
    pub fn get(&mut self, handle: u32) -> wasmtime::Result<&mut dyn Transaction> {
        match self.live.iter_mut().find(|open| open.handle == handle) {
            Some(open) => Ok(open.get()),
            None => Err(wasmtime::format_err!("no transaction is open behind handle {handle}")),
        }
    }

    /// Takes the transaction behind a handle, to end it.
    pub fn take(&mut self, handle: u32) -> wasmtime::Result<OpenTransaction> {
        match self.live.iter().position(|open| open.handle == handle) {
            Some(at) => Ok(self.live.remove(at)),
            None => Err(wasmtime::format_err!("no transaction is open behind handle {handle}")),
        }
    }

    /// The newest transaction that is open on a database.
    pub fn on(&mut self, database: &str) -> Option<&mut OpenTransaction> {
        self.live.iter_mut().rev().find(|open| *open.database == *database)
    }
}

impl std::fmt::Debug for Transactions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} open transactions", self.open.len())
    }
}

//! SQL databases, opened by the label they have in `flux.toml`.
//!
//! ```no_run
//! use flux_sdk::db::{Connection, Error};
//! use flux_sdk::params;
//!
//! fn rename(id: &str, name: Option<&str>) -> Result<bool, Error> {
//!     let db = Connection::open("main")?;
//!     let tx = db.begin()?;
//!     let changed = tx.execute("UPDATE users SET name = $1 WHERE id = $2", params![name, id])?;
//!     tx.commit()?;
//!     Ok(changed == 1)
//! }
//! ```
//!
//! Parameters are written `$1`, `$2`, … : both SQLite and Postgres take them.

mod error;
mod row;
mod value;

use crate::bindings::flux::host::db as host;

pub use crate::params;
pub use error::{Error, Failure};
pub use row::{DecodeError, FromRow, Row, Rows};
pub use value::{FromValue, Value};

/// The parameters of a statement, each of any type that becomes a [`Value`].
///
/// ```
/// use flux_sdk::db::Value;
/// let values: &[Value] = flux_sdk::params![7, "text", None::<f64>];
/// assert_eq!(values[0], Value::Integer(7));
/// assert_eq!(values[2], Value::Null);
/// ```
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Value::from($value)),*] as &[$crate::db::Value]
    };
}

/// An open database.
#[derive(Debug)]
pub struct Connection(host::Connection);

impl Connection {
    /// Opens the database with this label.
    pub fn open(name: &str) -> Result<Self, Error> {
        host::Connection::open(name).map(Self)
    }

    /// Runs a statement and returns its rows.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        self.0.query(sql, params)
    }

    /// Runs a statement and returns the number of rows it changed.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.0.execute(sql, params)
    }

    /// Begins a transaction.
    pub fn begin(&self) -> Result<Transaction, Error> {
        self.0.begin().map(Transaction)
    }

    /// Runs a function in a transaction: committed if it returns `Ok`, undone if it does not.
    pub fn transaction<T, E>(&self, run: impl FnOnce(&Transaction) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let tx = self.begin()?;
        match run(&tx) {
            Ok(value) => {
                tx.commit()?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a transaction that cannot be undone by hand
                // is undone by the host.
                let _ = tx.rollback();
                Err(error)
            }
        }
    }
}

/// An open transaction. One that is dropped without a commit is undone.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is undone"]
pub struct Transaction(host::Transaction);

impl Transaction {
    /// Runs a statement and returns its rows.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        self.0.query(sql, params)
    }

    /// Runs a statement and returns the number of rows it changed.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.0.execute(sql, params)
    }

    /// Makes the changes permanent.
    pub fn commit(self) -> Result<(), Error> {
        host::Transaction::commit(self.0)
    }

    /// Undoes the changes.
    pub fn rollback(self) -> Result<(), Error> {
        host::Transaction::rollback(self.0)
    }
}

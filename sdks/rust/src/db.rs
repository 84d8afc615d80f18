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

mod row;
mod value;

use crate::bindings::flux::host::db as host;
use std::fmt;

pub use crate::params;
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

/// What the database said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The database's own words.
    pub message: String,
    /// The constraint's name in [`Error::Constraint`].
    pub detail: Option<String>,
}

/// Why a statement did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// Does not parse, or names what does not exist.
    Invalid(Failure),
    /// Unique, foreign key, check or not null; the detail is the constraint's name.
    Constraint(Failure),
    /// A serialisation failure or a deadlock: safe to run again.
    Conflict(Failure),
    /// The statement ran longer than its limit.
    Timeout,
    /// The database cannot be reached.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the database is denied: {why}"),
            Self::Invalid(failure) => write!(f, "the statement is invalid: {}", failure.message),
            Self::Constraint(failure) => write!(f, "a constraint failed: {}", failure.message),
            Self::Conflict(failure) => write!(f, "a conflict: {}", failure.message),
            Self::Timeout => f.write_str("the statement ran too long"),
            Self::Unavailable(why) => write!(f, "the database is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}

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

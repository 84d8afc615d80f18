//! What one kind of database does its own way with a guest's statement. All else is written once.

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::count;
use flux_sql::{Connector, Fate};
use futures_util::{Stream, TryStreamExt};

use crate::sql::{self, Facts};
use crate::syntax::Syntax;
use crate::{DbOptions, invalid};

/// What a value costs beside its text or bytes.
const SCALAR: usize = 8;

/// One kind of database.
pub trait Dialect: Connector {
    /// What a statement may be.
    const SYNTAX: Syntax;

    /// Runs one statement and returns its rows.
    fn query(
        connection: &mut Self::Connection,
        checked: &CheckedStatement<'_>,
    ) -> impl Future<Output = Result<Rows, Failed>> + Send;

    /// Runs one statement and returns the number of rows it changed.
    fn execute(
        connection: &mut Self::Connection,
        checked: &CheckedStatement<'_>,
    ) -> impl Future<Output = Result<u64, Failed>> + Send;

    /// What an error means to a guest.
    fn error(error: sqlx::Error) -> Error;
}

/// A statement that was checked.
#[derive(Debug)]
pub struct CheckedStatement<'a> {
    pub(crate) sql: &'a str,
    pub(crate) params: &'a [Value],
    pub(crate) facts: Facts,
    pub(crate) options: DbOptions,
}

impl<'a> CheckedStatement<'a> {
    pub(crate) fn check<D: Dialect>(
        sql: &'a str,
        params: &'a [Value],
        options: DbOptions,
    ) -> Result<Self, Error> {
        Ok(Self { sql, params, facts: sql::check(sql, params.len(), &D::SYNTAX)?, options })
    }
}

/// Why a statement failed, and whether that was the end of its connection.
#[derive(Debug)]
pub struct Failed {
    pub(crate) error: Error,
    pub(crate) lost: bool,
    /// It had been prepared before, and may have failed only because the schema has changed since. It has been
    /// forgotten, and nothing happened: outside of a transaction it may be run again.
    pub(crate) outdated: bool,
}

impl Failed {
    /// What the failure means for its connection.
    pub(crate) fn fate(&self) -> Fate {
        match (&self.error, self.lost) {
            // The database is gone, and so are the other connections.
            (Error::Unavailable(_), _) => Fate::CloseAll,
            (_, true) => Fate::Close,
            (_, false) => Fate::Keep,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        // It may be the connection that does not work: the next one is new.
        Self { lost: matches!(error, Error::Unavailable(_)), error, outdated: false }
    }
}

/// Reads an answer, to its limits. The connection is lost if there is more in `left` that nobody wants.
pub(crate) async fn read<R>(
    left: &mut (impl Stream<Item = Result<R, Error>> + Unpin),
    options: DbOptions,
    mut values: impl FnMut(&R) -> Result<Vec<Value>, Error>,
) -> Result<Vec<Vec<Value>>, Failed> {
    let unwanted = |error| Failed { error, lost: true, outdated: false };
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = left.try_next().await? {
        let row = values(&row).map_err(unwanted)?;
        bytes += size(&row);
        if rows.len() == options.max_rows {
            let max = count(options.max_rows, "row");
            return Err(unwanted(invalid(format!("the answer has more than {max}; hint: add LIMIT"))));
        }
        fits(bytes, options).map_err(unwanted)?;
        rows.push(row);
    }
    Ok(rows)
}

/// Whether an answer of this size may go to the guest.
pub(crate) fn fits(bytes: usize, options: DbOptions) -> Result<(), Error> {
    let max = options.max_bytes;
    match bytes > max {
        true => Err(invalid(format!("the answer is longer than {}; hint: select less", count(max, "byte")))),
        false => Ok(()),
    }
}

/// What a row counts for.
pub(crate) fn size(row: &[Value]) -> usize {
    let value = |value: &Value| match value {
        Value::Text(it) => SCALAR + it.len(),
        Value::Bytes(it) => SCALAR + it.len(),
        _ => SCALAR,
    };
    row.iter().map(value).sum()
}

//! One statement and its answer.

use std::sync::atomic::{AtomicBool, Ordering};

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use futures_util::{Stream, StreamExt, TryStreamExt};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Sqlite, Statement as _};

use super::pool::Lease;
use super::{SqliteOptions, failure, values};
use crate::invalid;
use crate::sql::Statement;

/// A statement that was checked.
pub(super) struct Run<'a> {
    pub(super) sql: &'a str,
    pub(super) params: &'a [Value],
    pub(super) checked: Statement,
    pub(super) options: SqliteOptions,
}

impl Run<'_> {
    /// Its rows.
    pub(super) async fn query(&self, lease: &mut Lease) -> Result<Rows, Error> {
        let query = self.prepared()?;
        let limit = self.options.statement_timeout;
        lease.within(limit, async |connection, stop| self.rows(query, connection, stop).await).await
    }

    /// The number of rows it changed.
    pub(super) async fn execute(&self, lease: &mut Lease) -> Result<u64, Error> {
        let query = self.prepared()?;
        let limit = self.options.statement_timeout;
        let done = lease
            .within(limit, async |connection, _| query.execute(connection).await.map_err(failure::error));
        let done = done.await?;
        // SQLite keeps the number of the last change, so another statement would answer with that.
        Ok(if self.checked.changes { done.rows_affected() } else { 0 })
    }

    fn prepared(&self) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
        let arguments = values::arguments(self.params)?;
        // sqlx keeps the columns with a statement, and would get `*` wrong once a table was altered.
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), arguments).persistent(self.checked.fixed))
    }

    async fn rows(
        &self,
        query: Query<'static, Sqlite, SqliteArguments>,
        connection: &mut SqliteConnection,
        stop: &AtomicBool,
    ) -> Result<Rows, Error> {
        let mut left = query.fetch(&mut *connection);
        let read = self.read(&mut left).await;
        if read.is_err() {
            // What is left is not wanted, and the connection must be quiet when it is given back.
            stop.store(true, Ordering::Relaxed);
            while left.next().await.is_some() {}
            stop.store(false, Ordering::Relaxed);
        }
        drop(left);
        let mut rows = read?;
        if rows.rows.is_empty() && self.checked.rows {
            rows.columns = columns(self.sql, connection).await;
        }
        Ok(rows)
    }

    async fn read(
        &self,
        left: &mut (impl Stream<Item = Result<SqliteRow, sqlx::Error>> + Unpin),
    ) -> Result<Rows, Error> {
        let SqliteOptions { max_rows, max_bytes, .. } = self.options;
        let mut rows = Rows { columns: Vec::new(), rows: Vec::new() };
        let mut bytes = 0;
        while let Some(row) = left.try_next().await.map_err(failure::error)? {
            if rows.rows.is_empty() {
                rows.columns = row.columns().iter().map(|it| it.name().to_owned()).collect();
            }
            let row = values::row(&row)?;
            bytes += row.iter().map(values::size).sum::<usize>();
            if rows.rows.len() == max_rows {
                return Err(invalid(format!("the answer has more than {max_rows} rows; hint: add LIMIT")));
            }
            if bytes > max_bytes {
                return Err(invalid(format!(
                    "the answer is longer than {max_bytes} bytes; hint: select less"
                )));
            }
            rows.rows.push(row);
        }
        Ok(rows)
    }
}

/// The columns of a statement that gave no rows, which would have had them.
async fn columns(sql: &str, connection: &mut SqliteConnection) -> Vec<String> {
    let sql = AssertSqlSafe(sql).into_sql_str();
    match connection.prepare(sql).await {
        Ok(statement) => statement.columns().iter().map(|it| it.name().to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

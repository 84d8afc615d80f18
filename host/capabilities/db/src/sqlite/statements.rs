//! How a guest's statement runs on SQLite.

use std::sync::atomic::Ordering;

use flux_host::bindings::flux::host::db::{Error, Rows};
use flux_sql::{Connection, File};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Sqlite, Statement as _};

use super::{failure, values};
use crate::dialect::{self, CheckedStatement, Dialect, Failed};
use crate::syntax::{self, Syntax};

/// How often a statement is run anew because the schema changed while it ran.
const CHANGES: usize = 8;

impl Dialect for File {
    const SYNTAX: Syntax = syntax::SQLITE;

    async fn query(connection: &mut Connection, checked: &CheckedStatement<'_>) -> Result<Rows, Failed> {
        if checked.facts.changes || !checked.facts.fixed {
            connection.look().await.map_err(failure::error)?;
            return Ok(rows(connection, checked, None).await?.0);
        }
        // It may run twice and has as many columns anyway: the look is in the same round trip.
        for _ in 0..CHANGES {
            let (rows, version) = rows(connection, checked, Some(Connection::version_statement())).await?;
            match version {
                Some(version) if !connection.knows(version) => {
                    connection.learn(version).await.map_err(failure::error)?;
                }
                _ => return Ok(rows),
            }
        }
        Err(Error::Conflict(crate::failure("others change the schema without end")).into())
    }

    async fn execute(connection: &mut Connection, checked: &CheckedStatement<'_>) -> Result<u64, Failed> {
        if !checked.facts.fixed {
            connection.look().await.map_err(failure::error)?;
        }
        let done = prepared(checked, None)?.execute(connection.get()).await.map_err(failure::error)?;
        // SQLite keeps the number of the last change, so another statement would answer with that.
        Ok(if checked.facts.counts { done.rows_affected() } else { 0 })
    }

    fn error(error: sqlx::Error) -> Error {
        failure::error(error)
    }
}

/// The rows of a statement, and what one before it in the same round trip gave.
async fn rows(
    connection: &mut Connection,
    checked: &CheckedStatement<'_>,
    before: Option<&str>,
) -> Result<(Rows, Option<i64>), Failed> {
    let (connection, stop) = connection.parts();
    let mut columns = Vec::new();
    let mut left = prepared(checked, before)?.fetch(&mut *connection).map_err(failure::error);
    let first = match before {
        Some(_) => left.try_next().await?.map(|row| row.try_get(0).map_err(failure::error)).transpose()?,
        None => None,
    };
    let rows = dialect::read(&mut left, checked.options, |row| {
        if columns.is_empty() {
            columns = row.columns().iter().map(|it| it.name().to_owned()).collect();
        }
        values::row(row)
    });
    let rows = rows.await;
    if rows.is_err() {
        // What is left is not wanted, and the connection must be quiet when it is given back.
        stop.store(true, Ordering::Relaxed);
        while left.next().await.is_some() {}
        stop.store(false, Ordering::Relaxed);
    }
    drop(left);
    let rows = rows.map_err(|failed| failed.error)?;
    if rows.is_empty() && checked.facts.rows {
        columns = names(checked.sql, connection).await;
    }
    Ok((Rows { columns, rows }, first))
}

fn prepared(
    checked: &CheckedStatement<'_>,
    before: Option<&str>,
) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
    let arguments = values::arguments(checked.params)?;
    let sql = match before {
        Some(before) => format!("{before};{}", checked.sql),
        None => checked.sql.to_owned(),
    };
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments))
}

/// The columns of a statement that gave no rows, which would have had them.
async fn names(sql: &str, connection: &mut SqliteConnection) -> Vec<String> {
    let sql = AssertSqlSafe(sql).into_sql_str();
    match connection.prepare(sql).await {
        Ok(statement) => statement.columns().iter().map(|it| it.name().to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

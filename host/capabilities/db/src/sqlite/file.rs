//! SQLite's own way: connections with a switch that stops their statement.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection as _, Executor, Row, SqlSafeStr, Sqlite, Statement as _,
};

use super::{failure, strict, values};
use crate::dialect::{self, Dialect, Failed, Run};
use crate::syntax::{self, Syntax};

/// How long a statement waits for another's write.
const BUSY: Duration = Duration::from_secs(5);
/// How many instructions SQLite runs between two looks at the switch: some microseconds.
const INSTRUCTIONS: i32 = 1000;

/// Gives the number that changes with the schema, whoever changes it.
const VERSION: &str = "PRAGMA schema_version";
/// How often a statement is run anew because the schema changed while it ran.
const CHANGES: usize = 8;

/// A database in a file.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    connect: SqliteConnectOptions,
}

impl File {
    pub(super) fn new(path: &Path) -> Self {
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            // As on PostgreSQL, where LIKE tells an a from an A.
            .pragma("case_sensitive_like", "ON")
            .busy_timeout(BUSY)
            // A recording has the statements; the host's log need not have them too.
            .disable_statement_logging();
        Self { path: path.to_owned(), connect }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// A connection and its switch.
#[derive(Debug)]
pub struct Connection {
    connection: SqliteConnection,
    stop: Arc<AtomicBool>,
    // The version of the schema for which the driver keeps statements.
    known: Option<i64>,
}

impl Connection {
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Whether statements are kept for another version of the schema than this one. SQLite prepares them anew by
    /// itself when they run, but the driver does not notice: it keeps the columns' names and types with them, and
    /// its thread panics where there are more columns than before.
    fn knows(&self, version: i64) -> bool {
        self.known == Some(version)
    }

    /// Looks at the schema, so that what runs next has its columns.
    async fn look(&mut self) -> Result<(), Failed> {
        let version = sqlx::query_scalar(VERSION).fetch_one(&mut self.connection);
        match version.await.map_err(failure::error)? {
            version if self.knows(version) => Ok(()),
            version => self.learn(version).await,
        }
    }

    /// Forgets the statements, and has SQLite read the schema: it would prepare by the old one otherwise.
    async fn learn(&mut self, version: i64) -> Result<(), Failed> {
        self.connection.clear_cached_statements().await.map_err(failure::error)?;
        let read = sqlx::query("SELECT 1 FROM sqlite_master WHERE 0").persistent(false);
        read.execute(&mut self.connection).await.map_err(failure::error)?;
        self.known = Some(version);
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Dialect for File {
    type Connection = Connection;

    const SYNTAX: Syntax = syntax::SQLITE;
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const LEAVE: [Option<&'static str>; 2] = [None, Some("ROLLBACK")];
    const GRACE: Duration = Duration::ZERO;

    async fn connect(&self) -> Result<Connection, sqlx::Error> {
        let mut connection = self.connect.connect().await?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || !stopped.load(Ordering::Relaxed));
        strict::names(&mut handle)?;
        drop(handle);
        Ok(Connection { connection, stop, known: None })
    }

    async fn query(connection: &mut Connection, run: &Run<'_>) -> Result<Rows, Failed> {
        if run.checked.changes || !run.checked.fixed {
            connection.look().await?;
            return Ok(rows(connection, run, None).await?.0);
        }
        // It may run twice and has as many columns anyway: the look is in the same round trip.
        for _ in 0..CHANGES {
            let (rows, version) = rows(connection, run, Some(VERSION)).await?;
            match version {
                Some(version) if !connection.knows(version) => connection.learn(version).await?,
                _ => return Ok(rows),
            }
        }
        Err(Error::Conflict(crate::failure("others change the schema without end")).into())
    }

    async fn execute(connection: &mut Connection, run: &Run<'_>) -> Result<u64, Failed> {
        if !run.checked.fixed {
            connection.look().await?;
        }
        let done = prepared(run, None)?.execute(connection.get()).await.map_err(failure::error)?;
        // SQLite keeps the number of the last change, so another statement would answer with that.
        Ok(if run.checked.counts { done.rows_affected() } else { 0 })
    }

    async fn command(connection: &mut Connection, sql: &'static str) -> Result<(), Failed> {
        connection.get().execute(sql).await.map_err(failure::error)?;
        Ok(())
    }

    fn error(error: sqlx::Error) -> Error {
        failure::error(error)
    }
}

/// The rows of a statement, and what one before it in the same round trip gave.
async fn rows(
    connection: &mut Connection,
    run: &Run<'_>,
    before: Option<&str>,
) -> Result<(Rows, Option<i64>), Failed> {
    let Connection { connection, stop, .. } = connection;
    let mut columns = Vec::new();
    let mut left = prepared(run, before)?.fetch(&mut *connection).map_err(failure::error);
    let first = match before {
        Some(_) => left.try_next().await?.map(|row| row.try_get(0).map_err(failure::error)).transpose()?,
        None => None,
    };
    let rows = dialect::read(&mut left, run.options, |row| {
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
    if rows.is_empty() && run.checked.rows {
        columns = names(run.sql, connection).await;
    }
    Ok((Rows { columns, rows }, first))
}

fn prepared(run: &Run<'_>, before: Option<&str>) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
    let arguments = values::arguments(run.params)?;
    let sql = match before {
        Some(before) => format!("{before};{}", run.sql),
        None => run.sql.to_owned(),
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

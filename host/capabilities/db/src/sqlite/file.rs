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
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, Sqlite, Statement as _};

use super::{failure, values};
use crate::dialect::{self, Dialect, Failed, Run};
use crate::syntax::{self, Syntax};

/// How long a statement waits for another's write.
const BUSY: Duration = Duration::from_secs(5);
/// How many instructions SQLite runs between two looks at the switch: some microseconds.
const INSTRUCTIONS: i32 = 1000;

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
}

impl Connection {
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.connection
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
        drop(handle);
        Ok(Connection { connection, stop })
    }

    async fn query(connection: &mut Connection, run: &Run<'_>) -> Result<Rows, Failed> {
        let Connection { connection, stop } = connection;
        let mut columns = Vec::new();
        let mut left = prepared(run)?.fetch(&mut *connection).map_err(failure::error);
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
        Ok(Rows { columns, rows })
    }

    async fn execute(connection: &mut Connection, run: &Run<'_>) -> Result<u64, Failed> {
        let done = prepared(run)?.execute(connection.get()).await.map_err(failure::error)?;
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

fn prepared(run: &Run<'_>) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
    let arguments = values::arguments(run.params)?;
    // sqlx keeps the columns with a statement, and would get `*` wrong once a table was altered.
    Ok(sqlx::query_with(AssertSqlSafe(run.sql), arguments).persistent(run.checked.fixed))
}

/// The columns of a statement that gave no rows, which would have had them.
async fn names(sql: &str, connection: &mut SqliteConnection) -> Vec<String> {
    let sql = AssertSqlSafe(sql).into_sql_str();
    match connection.prepare(sql).await {
        Ok(statement) => statement.columns().iter().map(|it| it.name().to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

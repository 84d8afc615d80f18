//! A record store in an SQLite file.
//!
//! The version is SQLite's `user_version`: it is readable without knowing any table, and changes in
//! the transaction that changes the tables.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::schema::{self, SCHEMA};
use super::{Access, RecordsOptions, Target};
use crate::error::{StoreError, database, file};
use crate::private;

/// Connections to a file, of which none is open yet.
pub(super) fn pool(path: &Path, options: &RecordsOptions) -> SqlitePool {
    let connect = match options.access {
        Access::Write => writing(path, options),
        Access::Read => reading(path, options),
    };
    let connect = connect.thread_name(|index| format!("flux-records-{index}"));
    SqlitePoolOptions::new().max_connections(options.connections).connect_lazy_with(connect)
}

fn reading(path: &Path, options: &RecordsOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(options.timeouts.busy).read_only(true)
}

fn writing(path: &Path, options: &RecordsOptions) -> SqliteConnectOptions {
    let synchronous = if options.synced { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.timeouts.busy)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        // A row with its journal is about a kilobyte: in large pages less is left over, and an
        // insert costs a quarter less.
        .page_size(16 << 10)
        // In pages. Those near the end are written in every batch: each checkpoint copies them.
        .pragma("wal_autocheckpoint", "1000")
}

/// Makes the file if it may, and brings it to the version of this build. A newer one stays as it is.
pub(super) async fn prepare(path: &Path, options: &RecordsOptions) -> Result<(), StoreError> {
    let target = Target::from(path);
    if options.access == Access::Write {
        // Made here and not by SQLite, for the mode; SQLite gives its companion files the same.
        private::create_if_missing(path).map_err(file("open", path))?;
    }
    let mut reader = reading(path, options).connect().await.map_err(database("open", &target))?;
    let found = version(&mut reader).await.map_err(database("read the version of", &target));
    reader.close().await.map_err(database("close", &target))?;
    let found = found?;
    schema::readable(&target, found)?;
    if found == SCHEMA { Ok(()) } else { migrate(&target, writing(path, options)).await }
}

async fn migrate(target: &Target, writing: SqliteConnectOptions) -> Result<(), StoreError> {
    let failed = || database("migrate", target);
    let mut connection = writing.connect().await.map_err(failed())?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
    // Asked again within the transaction: another process may have been faster.
    let from = version(&mut transaction).await.map_err(failed())?;
    schema::readable(target, from)?;
    apply(&mut transaction, from).await.map_err(failed())?;
    transaction.commit().await.map_err(failed())?;
    connection.close().await.map_err(failed())
}

async fn apply(transaction: &mut Transaction<'_, Sqlite>, from: i64) -> Result<(), sqlx::Error> {
    for step in schema::missing(&schema::SQLITE, from) {
        sqlx::raw_sql(*step).execute(&mut **transaction).await?;
    }
    let set = format!("PRAGMA user_version = {SCHEMA}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut **transaction).await?;
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}

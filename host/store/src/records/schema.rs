//! The tables, and how old ones become new ones.
//!
//! The version is SQLite's `user_version`: it is readable without knowing any table, and changes in
//! the transaction that changes the tables.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};

use super::{Records, RecordsOptions};
use crate::error::{StoreError, database};

/// Step n brings a store of version n to n + 1. Steps that were released never change.
const STEPS: [&str; 1] = ["
    CREATE TABLE executions (
        id BLOB NOT NULL PRIMARY KEY,
        parent BLOB,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        guest BLOB NOT NULL,
        started_ns INTEGER NOT NULL,
        elapsed_ns INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        failed INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        journal_len INTEGER NOT NULL,
        -- 0: the journal as it is, 1: zstd
        codec INTEGER NOT NULL,
        journal BLOB NOT NULL
    ) STRICT;
    CREATE INDEX executions_by_name ON executions (name, id);
    CREATE INDEX executions_by_status ON executions (id, status) WHERE status >= 400;
    CREATE INDEX executions_failed ON executions (id) WHERE failed = 1;
    CREATE TABLE guests (
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        size INTEGER NOT NULL,
        first_seen_ns INTEGER NOT NULL,
        PRIMARY KEY (name, digest)
    ) STRICT, WITHOUT ROWID;
"];

/// The schema's version that this build writes.
pub const SCHEMA: i64 = STEPS.len() as i64;

/// Refuses a store of a newer version, and changes nothing.
pub(super) async fn check(path: &Path, options: &RecordsOptions) -> Result<(), StoreError> {
    let connect =
        SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(options.busy_timeout);
    let mut connection = connect.connect().await.map_err(database("open", path))?;
    let version = version(&mut connection).await.map_err(database("read the version of", path));
    connection.close().await.map_err(database("close", path))?;
    readable(path, version?)
}

/// Brings the store to the version of this build.
pub(super) async fn migrate(records: &Records) -> Result<(), StoreError> {
    let failed = || records.failed("migrate");
    let mut connection = records.pool.acquire().await.map_err(failed())?;
    if version(&mut connection).await.map_err(failed())? == SCHEMA {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
    // Asked again within the transaction: another process may have been faster.
    let from = version(&mut transaction).await.map_err(failed())?;
    readable(&records.path, from)?;
    apply(&mut transaction, from).await.map_err(failed())?;
    transaction.commit().await.map_err(failed())
}

async fn apply(transaction: &mut Transaction<'_, Sqlite>, from: i64) -> Result<(), sqlx::Error> {
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        sqlx::raw_sql(*step).execute(&mut **transaction).await?;
    }
    let set = format!("PRAGMA user_version = {SCHEMA}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut **transaction).await?;
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}

fn readable(path: &Path, found: i64) -> Result<(), StoreError> {
    if found > SCHEMA {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, supported: SCHEMA });
    }
    Ok(())
}

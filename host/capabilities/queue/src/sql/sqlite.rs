//! Queues in an SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::driver::{ANSWER, Pooled};
use super::{Dialect, Sql};
use crate::OpenError;

/// `state` is ready, running, done or dead. A null key is equal to none, so it is never a duplicate.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS flux_jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    idempotency_key BLOB,
    payload BLOB NOT NULL,
    state TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL DEFAULT 0,
    ended_ms INTEGER,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    reason TEXT,
    UNIQUE (queue, idempotency_key)
);
CREATE TABLE IF NOT EXISTS flux_job_attempts (
    job TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, attempt)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS flux_jobs_deleted AFTER DELETE ON flux_jobs BEGIN
    DELETE FROM flux_job_attempts WHERE job = OLD.id;
END;
CREATE TABLE IF NOT EXISTS flux_schedules (
    name TEXT PRIMARY KEY,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER
) WITHOUT ROWID;
";
/// Files of Flux before leases lack the column, have keys as text, and indexes that do not help.
const LEASES: &str = "
ALTER TABLE flux_jobs ADD COLUMN lease_ms INTEGER NOT NULL DEFAULT 0;
UPDATE flux_jobs SET idempotency_key = CAST(idempotency_key AS BLOB);
DROP INDEX IF EXISTS flux_jobs_running;
DROP INDEX IF EXISTS flux_jobs_done;
";
const INDEXES: &str = "
CREATE INDEX IF NOT EXISTS flux_jobs_ready ON flux_jobs (queue, due_ms, seq) WHERE state = 'ready';
CREATE INDEX IF NOT EXISTS flux_jobs_running ON flux_jobs (queue, lease_ms) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS flux_jobs_done ON flux_jobs (queue, ended_ms) WHERE state = 'done';
CREATE INDEX IF NOT EXISTS flux_jobs_dead ON flux_jobs (queue, id) WHERE state = 'dead';
";

impl Sql {
    /// Opens an SQLite file, or makes it.
    pub async fn sqlite(path: &Path) -> Result<Self, OpenError> {
        let pool = open(path).await.map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
        // One file may be named in several ways.
        let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            driver: Box::new(Pooled { pool, begin: "BEGIN IMMEDIATE" }),
            dialect: Dialect::SQLITE,
            identity: format!("sqlite:{}", file.display()),
            wakers: Arc::default(),
            _listener: None,
        })
    }
}

async fn open(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A job that was sent must run even if the machine loses power right after.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    // Almost every call writes, and SQLite has one writer: a queue of tasks is fairer than its lock.
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ANSWER);
    let pool = pool.connect_with(options).await?;
    // A caller that went away meanwhile drops the pool with all of this.
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    let lease = "SELECT 1 FROM pragma_table_info('flux_jobs') WHERE name = 'lease_ms'";
    if sqlx::query(lease).fetch_optional(&pool).await?.is_none() {
        sqlx::raw_sql(LEASES).execute(&pool).await?;
    }
    sqlx::raw_sql(INDEXES).execute(&pool).await?;
    Ok(pool)
}

//! Queues in an SQLite file.

use std::path::Path;
use std::sync::Arc;

use flux_sql::{Database, File, FileOptions, PoolOptions, Schema, Step};

use super::{Dialect, Sql};
use crate::OpenError;

/// `state` is ready, running, done or dead. A null key is equal to none, so it is never a duplicate.
macro_rules! tables {
    () => {
        "
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
"
    };
}

/// Files of Flux before leases lack the column, have keys as text, and indexes that do not help.
macro_rules! leases {
    () => {
        "
ALTER TABLE flux_jobs ADD COLUMN lease_ms INTEGER NOT NULL DEFAULT 0;
UPDATE flux_jobs SET idempotency_key = CAST(idempotency_key AS BLOB);
DROP INDEX IF EXISTS flux_jobs_running;
DROP INDEX IF EXISTS flux_jobs_done;
"
    };
}

macro_rules! indexes {
    () => {
        "
CREATE INDEX IF NOT EXISTS flux_jobs_ready ON flux_jobs (queue, due_ms, seq) WHERE state = 'ready';
CREATE INDEX IF NOT EXISTS flux_jobs_running ON flux_jobs (queue, lease_ms) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS flux_jobs_done ON flux_jobs (queue, ended_ms) WHERE state = 'done';
CREATE INDEX IF NOT EXISTS flux_jobs_dead ON flux_jobs (queue, id) WHERE state = 'dead';
"
    };
}

const SCHEMA: Schema = Schema {
    exists: "SELECT count(*) FROM sqlite_master WHERE name = 'flux_jobs'",
    // 1: from before leases.
    version: "SELECT 1 + (SELECT count(*) FROM pragma_table_info('flux_jobs') WHERE name = 'lease_ms')",
    // The file may be a guest's, and so may the number that a file has for its version.
    remember: None,
    steps: &[
        Step { from: 0, to: 2, sql: concat!(tables!(), indexes!()) },
        Step { from: 1, to: 2, sql: concat!(tables!(), leases!(), indexes!()) },
    ],
};

impl Sql {
    /// Opens an SQLite file, or makes it.
    pub async fn sqlite(path: &Path) -> Result<Self, OpenError> {
        // A job that was sent must run even if the machine loses power right after.
        let file = File::new(path, &FileOptions { synced: true, ..FileOptions::default() });
        // Almost every call writes, and SQLite has one writer: a queue of tasks is fairer than its lock.
        let options = PoolOptions { max_connections: 1, ..PoolOptions::default() };
        let database = Database::prepared_sqlite(file, options, SCHEMA);
        let reached = database.reach().await;
        reached.map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
        Ok(Self {
            identity: database.identity(),
            database,
            dialect: Dialect::SQLITE,
            wakers: Arc::default(),
            _listener: None,
        })
    }
}

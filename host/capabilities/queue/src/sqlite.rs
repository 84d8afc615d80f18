//! Queues in an SQLite file.
//!
//! A done job is deleted, or if it has an idempotency key kept without its payload until the key may
//! be forgotten. A dead letter stays, with the reason of every attempt in `flux_job_attempts`.

use std::path::Path;
use std::time::Duration;

use flux_host::bindings::flux::host::queue::Error;
use sqlx::SqliteConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::{Answer, Backend, ClaimedJob, KEY_MS, NewJob, Settlement};

/// `state` is ready, running, done or dead. A null key is equal to none, so it is never a duplicate.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS flux_jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    idempotency_key TEXT,
    payload BLOB NOT NULL,
    state TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    reason TEXT,
    UNIQUE (queue, idempotency_key)
);
CREATE INDEX IF NOT EXISTS flux_jobs_ready ON flux_jobs (queue, due_ms, seq) WHERE state = 'ready';
CREATE INDEX IF NOT EXISTS flux_jobs_running ON flux_jobs (id) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS flux_jobs_done ON flux_jobs (ended_ms) WHERE state = 'done';
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
";
const INTERRUPTED: &str = "the process ended while it ran";

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Sqlite(SqlitePool);

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A job that was sent must run even if the machine loses power right after.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        // Almost every call writes, and SQLite has one writer: a queue of tasks is fairer than its lock.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        Ok(Self(pool))
    }

    async fn forget_keys(&self, now_ms: u64) -> Result<(), sqlx::Error> {
        let sql = "DELETE FROM flux_jobs WHERE state = 'done' AND ended_ms <= ?";
        let query = sqlx::query(sql).bind(milliseconds(now_ms.saturating_sub(KEY_MS)));
        query.execute(&self.0).await.map(drop)
    }

    async fn insert(&self, job: NewJob) -> Result<String, sqlx::Error> {
        if job.idempotency_key.is_some() {
            self.forget_keys(job.sent_ms).await?;
        }
        // An update that changes nothing, because only a row that was written is returned.
        let sql = "INSERT INTO flux_jobs (id, queue, idempotency_key, payload, state, sent_ms, due_ms, attempt, \
                   max_attempts) VALUES (?, ?, ?, ?, 'ready', ?, ?, 0, ?) \
                   ON CONFLICT (queue, idempotency_key) DO UPDATE SET id = id RETURNING id";
        let query = sqlx::query_scalar(sql).bind(job.id).bind(job.queue).bind(job.idempotency_key);
        let query = query.bind(job.payload).bind(milliseconds(job.sent_ms)).bind(milliseconds(job.due_ms));
        query.bind(job.max_attempts).fetch_one(&self.0).await
    }

    async fn take(&self, queue: &str, now_ms: u64) -> Result<Option<ClaimedJob>, sqlx::Error> {
        let sql = "UPDATE flux_jobs SET state = 'running', attempt = attempt + 1 WHERE seq = \
                   (SELECT seq FROM flux_jobs WHERE queue = ? AND state = 'ready' AND due_ms <= ? \
                   ORDER BY due_ms, seq LIMIT 1) RETURNING id, payload, attempt, max_attempts";
        let query = sqlx::query_as(sql).bind(queue).bind(milliseconds(now_ms));
        let row = query.fetch_optional(&self.0).await?;
        Ok(row.map(|(id, payload, attempt, max_attempts)| ClaimedJob { id, payload, attempt, max_attempts }))
    }

    async fn end(
        &self,
        id: &str,
        attempt: u32,
        settlement: Settlement,
        now_ms: u64,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let sql = "SELECT 1 FROM flux_jobs WHERE id = ? AND attempt = ? AND state = 'running'";
        let query = sqlx::query(sql).bind(id).bind(attempt);
        if query.fetch_optional(&mut *transaction).await?.is_none() {
            return Ok(false);
        }
        match settlement {
            Settlement::Done => done(&mut transaction, id, now_ms).await?,
            Settlement::Retry { at_ms, reason } => {
                let failed = Failed { id, attempt, reason: &reason, now_ms };
                failed.write(&mut transaction, "ready", Some(at_ms)).await?;
            }
            Settlement::Dead { reason } => {
                let failed = Failed { id, attempt, reason: &reason, now_ms };
                failed.write(&mut transaction, "dead", None).await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn interrupted(&self, now_ms: u64) -> Result<u64, sqlx::Error> {
        self.forget_keys(now_ms).await?;
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let now_ms = milliseconds(now_ms);
        let sql = "INSERT INTO flux_job_attempts (job, attempt, ended_ms, reason) \
                   SELECT id, attempt, ?, ? FROM flux_jobs WHERE state = 'running'";
        sqlx::query(sql).bind(now_ms).bind(INTERRUPTED).execute(&mut *transaction).await?;
        let sql = "UPDATE flux_jobs SET state = 'dead', ended_ms = ?, reason = ? \
                   WHERE state = 'running' AND attempt >= max_attempts";
        sqlx::query(sql).bind(now_ms).bind(INTERRUPTED).execute(&mut *transaction).await?;
        let sql = "UPDATE flux_jobs SET state = 'ready', reason = ? WHERE state = 'running'";
        let ready = sqlx::query(sql).bind(INTERRUPTED).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(ready.rows_affected())
    }

    async fn earliest(&self, queue: &str) -> Result<Option<u64>, sqlx::Error> {
        let sql = "SELECT min(due_ms) FROM flux_jobs WHERE queue = ? AND state = 'ready'";
        let due: Option<i64> = sqlx::query_scalar(sql).bind(queue).fetch_one(&self.0).await?;
        Ok(due.map(|due| u64::try_from(due).unwrap_or(0)))
    }
}

/// An attempt that failed.
struct Failed<'a> {
    id: &'a str,
    attempt: u32,
    reason: &'a str,
    now_ms: u64,
}

impl Failed<'_> {
    async fn write(
        &self,
        connection: &mut SqliteConnection,
        state: &str,
        due_ms: Option<u64>,
    ) -> Result<(), sqlx::Error> {
        let now_ms = milliseconds(self.now_ms);
        let sql = "INSERT INTO flux_job_attempts (job, attempt, ended_ms, reason) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(self.id).bind(self.attempt).bind(now_ms).bind(self.reason);
        query.execute(&mut *connection).await?;
        let sql = "UPDATE flux_jobs SET state = ?, due_ms = coalesce(?, due_ms), ended_ms = ?, reason = ? WHERE id = ?";
        let ended_ms = due_ms.is_none().then_some(now_ms);
        let query = sqlx::query(sql).bind(state).bind(due_ms.map(milliseconds)).bind(ended_ms);
        query.bind(self.reason).bind(self.id).execute(connection).await.map(drop)
    }
}

async fn done(connection: &mut SqliteConnection, id: &str, now_ms: u64) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM flux_jobs WHERE id = ? AND idempotency_key IS NULL";
    sqlx::query(sql).bind(id).execute(&mut *connection).await?;
    let sql = "UPDATE flux_jobs SET state = 'done', payload = x'', ended_ms = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(milliseconds(now_ms)).bind(id);
    query.execute(connection).await.map(drop)
}

fn unavailable(error: sqlx::Error) -> Error {
    Error::Unavailable(error.to_string())
}

fn milliseconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

impl Backend for Sqlite {
    fn send(&self, job: NewJob) -> Answer<'_, String> {
        Box::pin(async move { self.insert(job).await.map_err(unavailable) })
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> Answer<'a, Option<ClaimedJob>> {
        Box::pin(async move { self.take(queue, now_ms).await.map_err(unavailable) })
    }

    fn settle<'a>(
        &'a self,
        id: &'a str,
        attempt: u32,
        settlement: Settlement,
        now_ms: u64,
    ) -> Answer<'a, bool> {
        Box::pin(async move { self.end(id, attempt, settlement, now_ms).await.map_err(unavailable) })
    }

    fn recover(&self, now_ms: u64) -> Answer<'_, u64> {
        Box::pin(async move { self.interrupted(now_ms).await.map_err(unavailable) })
    }

    fn next_due<'a>(&'a self, queue: &'a str) -> Answer<'a, Option<u64>> {
        Box::pin(async move { self.earliest(queue).await.map_err(unavailable) })
    }
}

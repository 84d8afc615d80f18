//! Queues in PostgreSQL, for one node or several.
//!
//! A trigger notifies the channel `flux_jobs` of every job that becomes ready: with the commit, whoever
//! wrote it. So a job of another node, or of a guest's transaction, wakes the workers at once.

use std::sync::Arc;
use std::time::Duration;

use flux_sql::{Address, Database, PoolOptions, Schema, Server, Step};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::Sql;
use super::dialect::{Clock, Dialect};
use crate::OpenError;
use crate::wakers::{Task, Wakers};

const CHANNEL: &str = "flux_jobs";
/// How long the server may take for a connection to the listener.
const ANSWER: Duration = Duration::from_secs(5);
/// How long the listener waits before it connects again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

const SCHEMA: Schema = Schema {
    // All of them: one that somebody dropped is made again, and the others stay.
    exists: "SELECT CAST(count(*) / 3 AS BIGINT) FROM pg_catalog.pg_tables \
             WHERE schemaname = 'flux' AND tablename IN ('jobs', 'job_attempts', 'schedules')",
    version: "SELECT CAST(1 AS BIGINT)",
    remember: None,
    steps: &[Step { from: 0, to: 1, sql: TABLES }],
};

/// As for SQLite.
const TABLES: &str = "
CREATE SCHEMA IF NOT EXISTS flux;
CREATE TABLE IF NOT EXISTS flux.jobs (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE \"C\" NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    idempotency_key BYTEA,
    payload BYTEA NOT NULL,
    state TEXT NOT NULL,
    sent_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    lease_ms BIGINT NOT NULL DEFAULT 0,
    ended_ms BIGINT,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    reason TEXT,
    UNIQUE (queue, idempotency_key)
);
CREATE INDEX IF NOT EXISTS jobs_ready ON flux.jobs (queue, due_ms, seq) WHERE state = 'ready';
CREATE INDEX IF NOT EXISTS jobs_running ON flux.jobs (queue, lease_ms) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS jobs_done ON flux.jobs (queue, ended_ms) WHERE state = 'done';
CREATE INDEX IF NOT EXISTS jobs_dead ON flux.jobs (queue, id) WHERE state = 'dead';
CREATE TABLE IF NOT EXISTS flux.job_attempts (
    job TEXT COLLATE \"C\" NOT NULL REFERENCES flux.jobs (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, attempt)
);
CREATE TABLE IF NOT EXISTS flux.schedules (
    name TEXT PRIMARY KEY,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT
);
CREATE OR REPLACE FUNCTION flux.job_is_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('flux_jobs', NEW.queue);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER job_is_ready AFTER INSERT OR UPDATE OF state ON flux.jobs
    FOR EACH ROW WHEN (NEW.state = 'ready') EXECUTE FUNCTION flux.job_is_ready();
";

/// How much queues may use of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How many statements run at once. One connection more listens.
    pub max_connections: u32,
    /// Whose time it is.
    pub clock: Clock,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { max_connections: 8, clock: Clock::Server }
    }
}

impl Sql {
    /// Opens a PostgreSQL database by its URL, and makes the tables in its schema `flux` if need be.
    pub async fn postgres(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        let address = Address::parse(url).map_err(OpenError::PostgresUrl)?;
        let max_connections = options.max_connections as usize;
        let limits = PoolOptions { max_connections, ..PoolOptions::default() };
        let database = Database::prepared_postgres(Server::new(&address), limits, SCHEMA);
        // As the `db` capability names the database, so that a job can join its transactions.
        let identity = address.identity();
        let reached = database.reach().await;
        reached.map_err(|source| OpenError::Postgres { identity: identity.clone(), source })?;
        let wakers = Arc::new(Wakers::default());
        let listener = Task::spawn(listen(address.options().clone(), Arc::clone(&wakers)));
        Ok(Self {
            database,
            dialect: Dialect::postgres(options.clock),
            identity,
            wakers,
            _listener: Some(listener),
        })
    }
}

/// Wakes whoever waits for a queue that was notified; never ends.
async fn listen(connect: PgConnectOptions, wakers: Arc<Wakers>) {
    let mut told = String::new();
    loop {
        if let Err(error) = hear(&connect, &wakers).await {
            let why = flux_sql::said(&error);
            // Once, however often it is tried.
            if why != told {
                tracing::warn!("cannot hear of jobs that other nodes send, so they run later: {why}");
                told = why;
            }
        }
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

async fn hear(connect: &PgConnectOptions, wakers: &Wakers) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.acquire_timeout(ANSWER).connect_with(connect.clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    // There may be jobs that were sent while nobody listened.
    wakers.wake_all();
    loop {
        match listener.try_recv().await? {
            Some(notification) => wakers.wake(notification.payload()),
            // The connection was lost and is there again.
            None => wakers.wake_all(),
        }
    }
}

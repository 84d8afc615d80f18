//! Databases in SQLite files.
//!
//! - Values have the type that SQLite stored them with, not the declared one: dates stay text. Only a
//!   0 or 1 in a column declared BOOLEAN becomes a boolean; SQLite has none, and stores those.
//! - `?`, `?1` and `$1` are parameters, and their number must fit. NaN is refused: it would be NULL.
//! - Transactions are immediate. A deferred one that reads and then writes fails at once when another
//!   wrote in between, and no busy timeout helps; an immediate one waits its turn at the beginning.
//! - A statement that ran out of time is interrupted and its connection closed, which undoes it and
//!   the transaction around it. Nobody gets a connection that is still busy.
//! - An answer over a limit is `error.invalid` and names the limit; a statement that changed something
//!   outside of a transaction is undone then.

mod failure;
mod pool;
mod statement;
mod transaction;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{Answer, Transaction};
use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::{Database, sql};
use pool::{Lease, Pool};
use statement::Run;
use transaction::Begun;

/// How long a statement waits for another's write.
const BUSY: Duration = Duration::from_secs(5);

/// How much a guest may use of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How many statements run at once; an open transaction counts as one.
    pub max_connections: usize,
    /// How long one statement may run, and how long it waits for a connection.
    pub statement_timeout: Duration,
    /// The most rows of an answer.
    pub max_rows: usize,
    /// The most bytes of an answer.
    pub max_bytes: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            max_connections: 4,
            statement_timeout: Duration::from_secs(10),
            max_rows: 10_000,
            max_bytes: 16 << 20,
        }
    }
}

/// Why a database is not ready.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// A migration failed; those before it stay.
    #[error("cannot migrate {} with {}", path.display(), folder.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// The migrations.
        folder: PathBuf,
        /// Why.
        source: MigrateError,
    },
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Sqlite {
    pool: Arc<Pool>,
    path: PathBuf,
    identity: Arc<str>,
    options: SqliteOptions,
}

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // A recording has the statements; the host's log need not have them too.
            .disable_statement_logging();
        let pool = Pool::open(connect, options.max_connections.max(1)).await;
        let failed = |source| OpenError::Open { path: path.to_owned(), source };
        let pool = Arc::new(pool.map_err(failed)?);
        // One file may be named in several ways.
        let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let identity = Arc::from(format!("sqlite:{}", file.display()));
        Ok(Self { pool, path: path.to_owned(), identity, options })
    }

    /// Runs the migrations of a folder that have not run yet: `1_name.sql`, `2_name.sql`.
    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        let failed =
            |source| OpenError::Migrate { path: self.path.clone(), folder: folder.to_owned(), source };
        let migrator = Migrator::new(folder).await.map_err(failed)?;
        let mut connection = self.pool.connect().await.map_err(|source| failed(source.into()))?;
        migrator.run_direct(None, connection.get(), false).await.map_err(failed)
    }

    async fn lease(&self) -> Result<Lease, Error> {
        let lease = tokio::time::timeout(self.options.statement_timeout, Pool::lease(&self.pool)).await;
        lease.unwrap_or_else(|_| {
            let count = self.options.max_connections;
            Err(Error::Unavailable(format!(
                "all {count} connections are in use; hint: end transactions early"
            )))
        })
    }

    async fn begun(&self) -> Result<Begun, Error> {
        Begun::begin(self.lease().await?, self.options).await
    }
}

impl Database for Sqlite {
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows> {
        Box::pin(async move {
            let checked = sql::check(sql, params.len())?;
            let run = Run { sql, params, checked, options: self.options };
            if !checked.changes {
                return run.query(&mut self.lease().await?).await;
            }
            // An answer may turn out to be over a limit after the change: then it is undone.
            let mut transaction = self.begun().await?;
            let rows = transaction.run(async |lease| run.query(lease).await).await?;
            transaction.end("COMMIT").await?;
            Ok(rows)
        })
    }

    fn execute<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64> {
        Box::pin(async move {
            let checked = sql::check(sql, params.len())?;
            let run = Run { sql, params, checked, options: self.options };
            run.execute(&mut self.lease().await?).await
        })
    }

    fn identity(&self) -> Arc<str> {
        Arc::clone(&self.identity)
    }

    fn begin(&self) -> Answer<'_, Box<dyn Transaction>> {
        Box::pin(async move { Ok(Box::new(self.begun().await?) as Box<dyn Transaction>) })
    }
}

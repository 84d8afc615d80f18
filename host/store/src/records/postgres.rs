//! A record store in PostgreSQL, in the schema `flux`.
//!
//! Everything that waits for the server has an end: a server that hangs must look like one that is
//! gone. sqlx's pool is not used, because it hides why it cannot connect and waits for connections
//! that were given back to it; a connection here is either known to be well or closed.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, PgConnection};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::schema::{self, SCHEMA};
use super::sql::Statement;
use super::target::PostgresUrl;
use super::{Access, RecordsOptions, Target, Timeouts};
use crate::error::{StoreError, database};

/// Held while tables are changed; any number that others are unlikely to use.
const MIGRATION_LOCK: i64 = 0x666c_7578_0001;
/// The server ends what a node has long given up.
const SERVER_TIMEOUT: Duration = Duration::from_secs(600);

/// A server, and connections to it that wait to be used again.
#[derive(Debug)]
pub(super) struct Server {
    options: PgConnectOptions,
    /// The first statement of each connection.
    setup: String,
    timeouts: Timeouts,
    idle: Mutex<Vec<PgConnection>>,
    permits: Semaphore,
}

/// A connection in use. Dropped, it is closed: whatever went wrong with it is over.
struct Lent<'s> {
    server: &'s Server,
    connection: PgConnection,
    _permit: SemaphorePermit<'s>,
}

impl Lent<'_> {
    fn give_back(self) {
        self.server.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.connection);
    }
}

impl Server {
    /// A server that nobody has asked anything yet.
    pub fn new(url: &PostgresUrl, options: &RecordsOptions) -> Self {
        let mut connect = (*url.0).clone().disable_statement_logging();
        if connect.get_application_name().is_none() {
            connect = connect.application_name("flux");
        }
        let timeout = SERVER_TIMEOUT.as_millis();
        let read_only = options.access == Access::Read;
        let setup = format!(
            "SET search_path = flux; SET statement_timeout = {timeout}; \
             SET idle_in_transaction_session_timeout = {timeout}; \
             SET default_transaction_read_only = {read_only}"
        );
        let permits = Semaphore::new(options.connections as usize);
        Self { options: connect, setup, timeouts: options.timeouts, idle: Mutex::default(), permits }
    }

    /// All rows that a statement gives.
    pub async fn fetch(&self, statement: Statement) -> Result<Vec<PgRow>, Error> {
        let mut lent = self.lend().await?;
        let query = statement.postgres();
        let rows = within(self.timeouts.statement, query.fetch_all(&mut lent.connection)).await?;
        lent.give_back();
        Ok(rows)
    }

    /// Runs all statements, which bring `bytes` together, or none of them.
    pub async fn run_all(
        &self,
        statements: impl Iterator<Item = Statement> + Send,
        bytes: usize,
    ) -> Result<(), Error> {
        let mut lent = self.lend().await?;
        let work = async {
            let mut transaction = lent.connection.begin().await?;
            for statement in statements {
                statement.postgres().execute(&mut *transaction).await?;
            }
            transaction.commit().await
        };
        // A megabyte a second is slow, but not down.
        within(self.timeouts.statement + Duration::from_secs((bytes >> 20) as u64), work).await?;
        lent.give_back();
        Ok(())
    }

    /// Closes all connections, when they are done.
    pub async fn close(&self) {
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // A server that does not listen finds out by itself.
            within(Duration::from_secs(1), connection.close()).await.ok();
        }
    }

    async fn lend(&self) -> Result<Lent<'_>, Error> {
        let permit = self.permits.acquire().await.map_err(|_| Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let idle = match idle {
            Some(mut connection) => {
                within(self.timeouts.connect, connection.ping()).await.is_ok().then_some(connection)
            }
            None => None,
        };
        let connection = match idle {
            Some(connection) => connection,
            None => within(self.timeouts.connect, self.connect()).await?,
        };
        Ok(Lent { server: self, connection, _permit: permit })
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = self.options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(self.setup.as_str())).execute(&mut connection).await?;
        Ok(connection)
    }

    /// Brings the tables to the version of this build, whoever else tries the same. A newer version
    /// stays as it is.
    pub async fn prepare(&self, target: &Target) -> Result<(), StoreError> {
        let mut lent = self.lend().await.map_err(database("open", target))?;
        let found = within(self.timeouts.statement, version(&mut lent.connection)).await;
        let found = found.map_err(database("read the version of", target))?;
        schema::readable(target, found)?;
        if found < SCHEMA {
            // As long as the server lets a statement run: of a large table it may copy every row.
            let migrated = within(SERVER_TIMEOUT, migrate(&mut lent.connection)).await;
            let found = migrated.map_err(database("migrate", target))?;
            schema::readable(target, found)?;
        }
        lent.give_back();
        Ok(())
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let timed_out = |_| Err(Error::Io(io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(limit, work).await.unwrap_or_else(timed_out)
}

async fn version(connection: &mut PgConnection) -> Result<i64, Error> {
    // Not by to_regclass: it may answer from a cache what was true before the lock was taken.
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'flux' AND tablename = 'records_version'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut *connection).await?;
    if tables == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT version FROM flux.records_version").fetch_one(connection).await
}

/// Applies what is missing; the version that was found.
async fn migrate(connection: &mut PgConnection) -> Result<i64, Error> {
    let mut transaction = connection.begin_with("BEGIN READ WRITE").await?;
    let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK);
    lock.execute(&mut *transaction).await?;
    // Asked again under the lock: another node may have been faster.
    let from = version(&mut transaction).await?;
    if from < SCHEMA {
        for step in schema::missing(&schema::POSTGRES, from) {
            sqlx::raw_sql(*step).execute(&mut *transaction).await?;
        }
        let set = sqlx::query("UPDATE flux.records_version SET version = $1").bind(SCHEMA);
        set.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(from)
}

/// Whether the server could not be asked, now. One that was, and refused, will refuse again.
pub(crate) fn is_unreachable(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::PoolClosed => true,
        // Connections, resources, operators: it starts, ends, or has too much to do.
        Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "53", "57"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

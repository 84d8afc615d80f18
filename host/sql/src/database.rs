//! The host's own statements on either database.

use std::time::Duration;

use sqlx::{PgConnection, Postgres, Sqlite};
use tokio::time::timeout;

use crate::connector::{Connector, PoolOptions};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::pool::{Lease, Pool, Prepare};
use crate::postgres::Server;
use crate::row::Row;
use crate::sqlite::{Connection, File};
use crate::statement::{Builder, Statement};

/// A batch has so much more time for each of its bytes: a megabyte a second is slow, but not down.
const BYTES_A_SECOND: usize = 1 << 20;

/// Connections to one database. Clones share them.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file.
    Sqlite(Pool<File>),
    /// A server.
    Postgres(Pool<Server>),
}

/// A transaction. Dropped before its end, it is undone.
#[derive(Debug)]
pub enum Transaction {
    /// In a file.
    Sqlite(Lease<File>),
    /// On a server.
    Postgres(Lease<Server>),
}

/// What a connection can be asked, by the kind of its database.
pub(crate) trait Ask: Connector {
    /// What it speaks.
    const DIALECT: Dialect;

    fn fetch(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, sqlx::Error>> + Send;

    fn execute(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
}

impl Ask for File {
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn fetch(connection: &mut Connection, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        let rows = statement.query::<Sqlite>().fetch_all(connection.get()).await?;
        Ok(rows.into_iter().map(Row::Sqlite).collect())
    }

    async fn execute(connection: &mut Connection, statement: Statement) -> Result<u64, sqlx::Error> {
        Ok(statement.query::<Sqlite>().execute(connection.get()).await?.rows_affected())
    }
}

impl Ask for Server {
    const DIALECT: Dialect = Dialect::Postgres;

    async fn fetch(connection: &mut PgConnection, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        let rows = statement.without_nul().query::<Postgres>().fetch_all(connection).await?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    async fn execute(connection: &mut PgConnection, statement: Statement) -> Result<u64, sqlx::Error> {
        Ok(statement.without_nul().query::<Postgres>().execute(connection).await?.rows_affected())
    }
}

pub(crate) async fn fetch<C: Ask>(lease: &mut Lease<C>, statement: Statement) -> Result<Vec<Row>, Error> {
    let limit = lease.limit();
    let done = timeout(limit, C::fetch(lease.hold()?, statement)).await;
    lease.answer(done)
}

pub(crate) async fn execute<C: Ask>(lease: &mut Lease<C>, statement: Statement) -> Result<u64, Error> {
    let limit = lease.limit();
    let done = timeout(limit, C::execute(lease.hold()?, statement)).await;
    lease.answer(done)
}

impl Database {
    /// A file, of which no connection is open yet.
    pub fn sqlite(file: File, options: PoolOptions) -> Self {
        Self::Sqlite(Pool::new(file, options))
    }

    /// The same, with what it must have before it is used.
    pub fn prepared_sqlite(file: File, options: PoolOptions, prepare: impl Prepare<File>) -> Self {
        Self::Sqlite(Pool::prepared(file, options, prepare))
    }

    /// A server that nobody has asked anything yet.
    pub fn postgres(server: Server, options: PoolOptions) -> Self {
        Self::Postgres(Pool::new(server, options))
    }

    /// The same, with what it must have before it is used.
    pub fn prepared_postgres(server: Server, options: PoolOptions, prepare: impl Prepare<Server>) -> Self {
        Self::Postgres(Pool::prepared(server, options, prepare))
    }

    /// Whether it can be reached, and has what it must have.
    ///
    /// # Errors
    /// Why not.
    pub async fn reach(&self) -> Result<(), Error> {
        self.lease().await.map(drop)
    }

    /// Goes up whenever it may be another database than before: see [`Pool::epoch`].
    pub fn epoch(&self) -> u64 {
        match self {
            Self::Sqlite(pool) => pool.epoch(),
            Self::Postgres(pool) => pool.epoch(),
        }
    }

    /// What it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a statement.
    pub fn sql(&self, sql: impl Into<String>) -> Builder {
        Builder::new(self.dialect(), sql)
    }

    /// The same text for the same database, without a password.
    pub fn identity(&self) -> String {
        match self {
            Self::Sqlite(pool) => pool.connector().identity(),
            Self::Postgres(pool) => pool.connector().identity(),
        }
    }

    /// All rows that a statement gives.
    ///
    /// # Errors
    /// The database refused, or could not be asked.
    pub async fn fetch(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(pool) => fetch(&mut pool.lease().await?, statement).await,
            Self::Postgres(pool) => fetch(&mut pool.lease().await?, statement).await,
        }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// The database refused, or could not be asked.
    pub async fn execute(&self, statement: Statement) -> Result<u64, Error> {
        match self {
            Self::Sqlite(pool) => execute(&mut pool.lease().await?, statement).await,
            Self::Postgres(pool) => execute(&mut pool.lease().await?, statement).await,
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// The database refused, or could not be asked.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let mut transaction = self.lease().await?;
        match &mut transaction {
            Transaction::Sqlite(lease) => lease.begin().await?,
            Transaction::Postgres(lease) => lease.begin().await?,
        }
        Ok(transaction)
    }

    /// A connection, on which no transaction was begun yet.
    pub(crate) async fn lease(&self) -> Result<Transaction, Error> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.lease().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.lease().await?),
        })
    }

    /// Runs all statements, which bring `bytes` together, or none of them.
    ///
    /// # Errors
    /// The database refused, or could not be asked.
    pub async fn run_all(
        &self,
        statements: impl Iterator<Item = Statement> + Send,
        bytes: usize,
    ) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let work = async {
            for statement in statements {
                transaction.execute(statement).await?;
            }
            transaction.commit().await
        };
        let limit = self.limit() + Duration::from_secs((bytes / BYTES_A_SECOND) as u64);
        timeout(limit, work).await.unwrap_or(Err(Error::Timeout))
    }

    fn limit(&self) -> Duration {
        match self {
            Self::Sqlite(pool) => pool.options().statement,
            Self::Postgres(pool) => pool.options().statement,
        }
    }

    /// Closes all connections, when they are done.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// All rows that a statement gives.
    ///
    /// # Errors
    /// As for [`Database::fetch`]. What the transaction did before should be undone then.
    pub async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(lease) => fetch(lease, statement).await,
            Self::Postgres(lease) => fetch(lease, statement).await,
        }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// As for [`Database::execute`]. What the transaction did before should be undone then.
    pub async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        match self {
            Self::Sqlite(lease) => execute(lease, statement).await,
            Self::Postgres(lease) => execute(lease, statement).await,
        }
    }

    /// Ends it, with its changes.
    ///
    /// # Errors
    /// The database refused, or could not be asked: then it is undone, or nobody knows.
    pub async fn commit(mut self) -> Result<(), Error> {
        match &mut self {
            Self::Sqlite(lease) => lease.commit().await,
            Self::Postgres(lease) => lease.commit().await,
        }
    }

    /// Undoes it.
    pub async fn rollback(mut self) {
        match &mut self {
            Self::Sqlite(lease) => lease.rollback().await,
            Self::Postgres(lease) => lease.rollback().await,
        }
    }
}

//! A database of any dialect.

use std::sync::Arc;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{DbFuture, Transaction};
use flux_sql::{Pool, PoolOptions};

use crate::dialect::{CheckedStatement, Dialect};
use crate::migrations::{Migrating, Migrations};
use crate::session::Session;
use crate::transaction::Begun;
use crate::{Database, DbOptions};

/// A database behind a pool of connections: [`Sqlite`](crate::Sqlite) or [`Postgres`](crate::Postgres).
pub struct Pooled<D: Dialect> {
    pool: Pool<D>,
    options: DbOptions,
    identity: Arc<str>,
    migrations: Migrations,
}

impl<D: Migrating> Pooled<D> {
    /// A database that was reached once, to know that it can be.
    pub(crate) async fn reach(dialect: D, options: DbOptions) -> Result<Self, flux_sql::Error> {
        let limits = PoolOptions {
            max_connections: options.max_connections,
            connect: options.statement_timeout,
            statement: options.statement_timeout,
            strangers: true,
        };
        let migrations = Migrations::default();
        let pool = Pool::prepared(dialect, limits, migrations.clone());
        drop(pool.lease().await?);
        let identity = pool.connector().identity().into();
        Ok(Self { pool, options, identity, migrations })
    }
}

impl<D: Dialect> Pooled<D> {
    /// Those that were run.
    pub(crate) fn migrations(&self) -> &Migrations {
        &self.migrations
    }

    pub(crate) fn dialect(&self) -> &D {
        self.pool.connector()
    }

    async fn session(&self) -> Result<Session<D>, Error> {
        Session::open(&self.pool, self.options).await
    }

    async fn begun(&self) -> Result<Begun<D>, Error> {
        Begun::begin(self.session().await?).await
    }

    /// A statement that was prepared for a schema that is no more is run again, once and on the same connection,
    /// which has forgotten it: to the guest it is as if it had never been kept.
    async fn rows(&self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        let checked = CheckedStatement::check::<D>(sql, params, self.options)?;
        let mut session = self.session().await?;
        match answer(&mut session, &checked).await {
            (Err(_), true) => answer(&mut session, &checked).await.0,
            (answer, _) => answer,
        }
    }

    async fn count(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let checked = CheckedStatement::check::<D>(sql, params, self.options)?;
        let mut session = self.session().await?;
        match session.execute(&checked).await {
            Err(_) if session.outdated() => session.execute(&checked).await,
            count => count,
        }
    }
}

/// The rows of a statement that stands alone, and whether it was outdated.
async fn answer<D: Dialect>(
    session: &mut Session<D>,
    checked: &CheckedStatement<'_>,
) -> (Result<Rows, Error>, bool) {
    if !checked.facts.changes {
        let rows = session.query(checked).await;
        return (rows, session.outdated());
    }
    // An answer may turn out to be over a limit after the change: then it is undone.
    if let Err(error) = session.begin().await {
        return (Err(error), false);
    }
    let rows = session.query(checked).await;
    let outdated = session.outdated();
    let done = match &rows {
        Ok(_) => session.commit().await,
        Err(_) => {
            session.rollback().await;
            Ok(())
        }
    };
    (done.and(rows), outdated)
}

impl<D: Dialect> Database for Pooled<D> {
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
        Box::pin(self.rows(sql, params))
    }

    fn execute<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, u64> {
        Box::pin(self.count(sql, params))
    }

    fn identity(&self) -> Arc<str> {
        Arc::clone(&self.identity)
    }

    fn begin(&self) -> DbFuture<'_, Box<dyn Transaction>> {
        Box::pin(async move { Ok(Box::new(self.begun().await?) as Box<dyn Transaction>) })
    }
}

impl<D: Dialect> Clone for Pooled<D> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            options: self.options,
            identity: Arc::clone(&self.identity),
            migrations: self.migrations.clone(),
        }
    }
}

impl<D: Dialect> std::fmt::Debug for Pooled<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Database").field(&self.identity).finish()
    }
}

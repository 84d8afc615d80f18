//! A database of any dialect.

use std::sync::Arc;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{Answer, Transaction};

use crate::dialect::{Dialect, Run};
use crate::pool::{Lease, Pool};
use crate::transaction::Begun;
use crate::{Database, DbOptions};

/// A database behind a pool of connections: [`Sqlite`](crate::Sqlite) or [`Postgres`](crate::Postgres).
pub struct Pooled<D: Dialect> {
    pool: Arc<Pool<D>>,
    identity: Arc<str>,
}

impl<D: Dialect> Pooled<D> {
    pub(crate) fn new(dialect: D, first: D::Connection, identity: &str, options: DbOptions) -> Self {
        Self { pool: Pool::new(dialect, first, options), identity: identity.into() }
    }

    pub(crate) fn dialect(&self) -> &D {
        self.pool.dialect()
    }

    async fn lease(&self) -> Result<Lease<D>, Error> {
        Pool::lease(&self.pool).await
    }

    async fn begun(&self) -> Result<Begun<D>, Error> {
        Begun::begin(self.lease().await?).await
    }

    /// A statement that was prepared for a schema that is no more is run again, once and on the same connection,
    /// which has forgotten it: to the guest it is as if it had never been kept.
    async fn rows(&self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        let run = Run::check::<D>(sql, params, self.pool.options)?;
        let mut lease = self.lease().await?;
        match answer(&mut lease, &run).await {
            (Err(_), true) => answer(&mut lease, &run).await.0,
            (answer, _) => answer,
        }
    }

    async fn count(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let run = Run::check::<D>(sql, params, self.pool.options)?;
        let mut lease = self.lease().await?;
        match lease.execute(&run).await {
            Err(_) if lease.outdated() => lease.execute(&run).await,
            count => count,
        }
    }
}

/// The rows of a statement that stands alone, and whether it was outdated.
async fn answer<D: Dialect>(lease: &mut Lease<D>, run: &Run<'_>) -> (Result<Rows, Error>, bool) {
    if !run.checked.changes {
        let rows = lease.query(run).await;
        return (rows, lease.outdated());
    }
    // An answer may turn out to be over a limit after the change: then it is undone.
    if let Err(error) = lease.begin().await {
        return (Err(error), false);
    }
    let rows = lease.query(run).await;
    let outdated = lease.outdated();
    let done = match &rows {
        Ok(_) => lease.commit().await,
        Err(_) => {
            lease.rollback().await;
            Ok(())
        }
    };
    (done.and(rows), outdated)
}

impl<D: Dialect> Database for Pooled<D> {
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows> {
        Box::pin(self.rows(sql, params))
    }

    fn execute<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64> {
        Box::pin(self.count(sql, params))
    }

    fn identity(&self) -> Arc<str> {
        Arc::clone(&self.identity)
    }

    fn begin(&self) -> Answer<'_, Box<dyn Transaction>> {
        Box::pin(async move { Ok(Box::new(self.begun().await?) as Box<dyn Transaction>) })
    }
}

impl<D: Dialect> Clone for Pooled<D> {
    fn clone(&self) -> Self {
        Self { pool: Arc::clone(&self.pool), identity: Arc::clone(&self.identity) }
    }
}

impl<D: Dialect> std::fmt::Debug for Pooled<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Database").field(&self.identity).finish()
    }
}

//! Connections that are used again, and never while they are still busy with somebody else's statement.
//!
//! sqlx has a pool, but a statement that ran out of time would go on, on a connection that somebody else
//! was given. Here a connection comes back quiet and as new, or it is closed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{error::Elapsed, timeout};

use crate::DbOptions;
use crate::dialect::{Dialect, Failed, Run};

pub(crate) struct Pool<D: Dialect> {
    dialect: D,
    pub(crate) options: DbOptions,
    free: Mutex<Free<D::Connection>>,
    permits: Arc<Semaphore>,
}

struct Free<C> {
    connections: Vec<C>,
    // Goes up when all connections are to be replaced. One that was leased before does not come back.
    generation: u64,
}

impl<D: Dialect> Pool<D> {
    /// A pool of one connection, which is there to know that it can be made.
    pub(crate) fn new(dialect: D, first: D::Connection, options: DbOptions) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
        let free = Mutex::new(Free { connections: vec![first], generation: 0 });
        Arc::new(Self { dialect, options, free, permits })
    }

    pub(crate) fn dialect(&self) -> &D {
        &self.dialect
    }

    /// A connection of one's own.
    pub(crate) async fn lease(pool: &Arc<Self>) -> Result<Lease<D>, Error> {
        let permit = pool.permit().await?;
        let (free, generation) = pool.with_free(|free| (free.connections.pop(), free.generation));
        let connection = match free {
            Some(connection) => connection,
            None => pool.connect().await?,
        };
        Ok(Lease {
            connection: Some(connection),
            busy: false,
            open: false,
            altered: false,
            outdated: false,
            generation,
            pool: Arc::clone(pool),
            permit: Some(permit),
        })
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let permit = timeout(self.options.statement_timeout, Arc::clone(&self.permits).acquire_owned()).await;
        let count = self.options.max_connections;
        let permit = permit.map_err(|_| {
            Error::Unavailable(format!("all {count} connections are in use; hint: end transactions early"))
        })?;
        permit.map_err(|_| Error::Unavailable("the database is closed".to_owned()))
    }

    async fn connect(&self) -> Result<D::Connection, Error> {
        let connection = timeout(self.options.statement_timeout, self.dialect.connect()).await;
        let connection =
            connection.map_err(|_| Error::Unavailable("the database does not answer".to_owned()))?;
        connection.map_err(D::error)
    }

    /// From here on, new connections.
    fn renew(&self) {
        let old = self.with_free(|free| {
            free.generation += 1;
            std::mem::take(&mut free.connections)
        });
        drop(old);
    }

    fn give_back(&self, connection: D::Connection, generation: u64) {
        self.with_free(|free| {
            if free.generation == generation {
                free.connections.push(connection);
            }
        });
    }

    fn with_free<T>(&self, action: impl FnOnce(&mut Free<D::Connection>) -> T) -> T {
        action(&mut self.free.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection, until it is dropped.
pub(crate) struct Lease<D: Dialect> {
    // None after a statement that ran out of time or could not run: there is no connection any more.
    connection: Option<D::Connection>,
    // A statement was begun and has not answered.
    busy: bool,
    // A transaction was begun and has not ended.
    open: bool,
    // It has changed the schema, and drivers remember the columns of statements.
    altered: bool,
    // The latest statement may have failed only because the schema has changed since it was prepared.
    outdated: bool,
    generation: u64,
    pool: Arc<Pool<D>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<D: Dialect> Lease<D> {
    pub(crate) fn options(&self) -> DbOptions {
        self.pool.options
    }

    /// Whether the latest statement failed, and may be run again if it stood alone.
    pub(crate) fn outdated(&self) -> bool {
        self.outdated
    }

    pub(crate) async fn query(&mut self, run: &Run<'_>) -> Result<Rows, Error> {
        self.altered |= run.checked.schema;
        let limit = self.limit();
        let done = timeout(limit, D::query(self.hold()?, run)).await;
        self.settle(done)
    }

    pub(crate) async fn execute(&mut self, run: &Run<'_>) -> Result<u64, Error> {
        self.altered |= run.checked.schema;
        let limit = self.limit();
        let done = timeout(limit, D::execute(self.hold()?, run)).await;
        self.settle(done)
    }

    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        self.command(D::BEGIN).await?;
        self.open = true;
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.command("COMMIT").await?;
        self.open = false;
        Ok(())
    }

    /// Undoes the transaction, if it must by the end of the connection.
    pub(crate) async fn rollback(&mut self) {
        if self.open && self.command("ROLLBACK").await.is_err() {
            self.close();
        }
        self.open = false;
    }

    async fn command(&mut self, sql: &'static str) -> Result<(), Error> {
        let limit = self.limit();
        let done = timeout(limit, D::command(self.hold()?, sql)).await;
        self.settle(done)
    }

    fn limit(&self) -> Duration {
        self.pool.options.statement_timeout + D::GRACE
    }

    /// The connection. It counts as busy until `settle`: if that never comes, nobody uses it again.
    fn hold(&mut self) -> Result<&mut D::Connection, Error> {
        if self.busy {
            self.close();
        }
        let connection = self.connection.as_mut();
        let connection =
            connection.ok_or_else(|| Error::Unavailable("the connection is closed".to_owned()))?;
        self.busy = true;
        Ok(connection)
    }

    fn settle<T>(&mut self, done: Result<Result<T, Failed>, Elapsed>) -> Result<T, Error> {
        self.busy = false;
        self.outdated = false;
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(failed)) => {
                self.outdated = failed.outdated;
                // Inside a transaction it cannot be run again; whoever begins another finds no old connection.
                self.altered |= failed.outdated && self.open;
                if failed.lost {
                    self.close();
                }
                if let Error::Unavailable(_) = failed.error {
                    // The server is gone, and so are the other connections.
                    self.pool.renew();
                }
                Err(failed.error)
            }
            Err(_) => {
                self.close();
                Err(Error::Timeout)
            }
        }
    }

    fn close(&mut self) {
        self.connection = None;
        self.open = false;
    }

    /// Makes the connection as new, which nobody waits for, and gives it back then.
    fn leave(&mut self, mut connection: D::Connection) {
        let Some(sql) = D::LEAVE[usize::from(self.open)] else {
            return self.pool.give_back(connection, self.generation);
        };
        let Ok(runtime) = Handle::try_current() else { return };
        let (pool, permit) = (Arc::clone(&self.pool), self.permit.take());
        let (generation, limit) = (self.generation, self.limit());
        runtime.spawn(async move {
            if let Ok(Ok(())) = timeout(limit, D::command(&mut connection, sql)).await {
                pool.give_back(connection, generation);
            }
            drop(permit);
        });
    }
}

impl<D: Dialect> Drop for Lease<D> {
    fn drop(&mut self) {
        if self.altered {
            self.pool.renew();
        }
        match self.connection.take() {
            Some(connection) if !self.busy => self.leave(connection),
            _ => {}
        }
    }
}

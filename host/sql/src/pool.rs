//! Connections that are used again, and never while their state is in doubt.
//!
//! sqlx has a pool, but gives a connection back to it whatever happened: while a statement that ran out of time goes
//! on, or after a rollback that failed, which leaves it in a transaction for ever. Here a connection comes back quiet
//! and as new, or it is closed.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, error::Elapsed, timeout};

use crate::connector::{Change, Connector, PoolOptions};
use crate::error::{Error, Fate};
use crate::hint::{lacks_tables, shown};

/// A connection that nobody used for so long is asked whether it is still there before it is lent.
const IDLE: Duration = Duration::from_secs(1);
/// How long is waited at the end for a database that does not listen any more.
const GOODBYE: Duration = Duration::from_secs(1);

/// An answer that comes later.
pub type Prepared<'a> = Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>>;

/// Brings a database to what its users expect of it: its tables, for one. A pool asks for this before the first use,
/// and again whenever the database may be another one: its file was removed, or its server was away.
pub trait Prepare<C: Connector>: Send + Sync + 'static {
    /// Does so, on a connection that nobody else has. True: the database was empty.
    fn prepare<'a>(&'a self, connector: &'a C, lease: &'a mut Lease<C>) -> Prepared<'a>;
}

/// Connections to one database. Clones are the same pool.
pub struct Pool<C: Connector>(Arc<Shared<C>>);

struct Shared<C: Connector> {
    connector: C,
    options: PoolOptions,
    free: Mutex<Free<C::Connection>>,
    permits: Arc<Semaphore>,
    prepare: Option<Box<dyn Prepare<C>>>,
    /// The latest epoch for which the database is prepared.
    prepared: AtomicU64,
    /// Held while it is prepared: whoever comes meanwhile waits.
    preparing: tokio::sync::Mutex<()>,
}

struct Free<C> {
    /// With the time at which each came back.
    connections: Vec<(C, Instant)>,
    /// Goes up when all connections are to be replaced. One that was lent before does not come back.
    generation: u64,
    /// Goes up when the database may be another one than before. From 1.
    epoch: u64,
    /// The epoch that began because of a file, which was told.
    told: u64,
}

impl<C: Connector> std::fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("options", &self.0.options).finish_non_exhaustive()
    }
}

impl<C: Connector> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Connector> Pool<C> {
    /// A pool without connections: each is made when it is first needed.
    pub fn new(connector: C, options: PoolOptions) -> Self {
        Self::make(connector, options, None)
    }

    /// The same for a database that is prepared before it is used.
    pub fn prepared(connector: C, options: PoolOptions, prepare: impl Prepare<C>) -> Self {
        Self::make(connector, options, Some(Box::new(prepare)))
    }

    fn make(connector: C, options: PoolOptions, prepare: Option<Box<dyn Prepare<C>>>) -> Self {
        let permits = Arc::new(Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
        let free = Mutex::new(Free { connections: Vec::new(), generation: 0, epoch: 1, told: 0 });
        let (prepared, preparing) = Default::default();
        Self(Arc::new(Shared { connector, options, free, permits, prepare, prepared, preparing }))
    }

    /// How connections are made.
    pub fn connector(&self) -> &C {
        &self.0.connector
    }

    /// How the pool is used.
    pub fn options(&self) -> &PoolOptions {
        &self.0.options
    }

    /// A connection of one's own, to a database that is prepared.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Silent`], [`Error::Closed`], or why the database cannot be reached or prepared.
    pub async fn lease(&self) -> Result<Lease<C>, Error> {
        let permit = self.permit().await?;
        let (connection, generation) = match self.idle().await {
            Some(idle) => idle,
            None => {
                let generation = self.0.with_free(|free| free.generation);
                (self.connect().await?, generation)
            }
        };
        let mut lease = Lease {
            connection: Some(connection),
            busy: false,
            open: false,
            altered: false,
            generation,
            limit: self.0.options.statement + C::GRACE,
            pool: self.clone(),
            permit: Some(permit),
        };
        self.prepare(&mut lease).await?;
        Ok(lease)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let Shared { permits, options, .. } = &*self.0;
        let permit = timeout(options.statement, Arc::clone(permits).acquire_owned()).await;
        permit.map_err(|_| Error::Busy(options.max_connections))?.map_err(|_| Error::Closed)
    }

    /// A connection that was used before, and its generation.
    async fn idle(&self) -> Option<(C::Connection, u64)> {
        let (free, generation) = self.0.with_free(|free| (free.connections.pop(), free.generation));
        let (mut connection, since) = free?;
        if let Some(change) = self.0.connector.change(&connection) {
            self.note(change);
            return None;
        }
        if since.elapsed() < IDLE {
            return Some((connection, generation));
        }
        let answer = timeout(self.0.options.connect, C::ping(&mut connection)).await;
        if matches!(answer, Ok(Ok(()))) {
            return Some((connection, generation));
        }
        // What ended one has ended the others, too.
        self.doubt();
        None
    }

    async fn connect(&self) -> Result<C::Connection, Error> {
        let connection = timeout(self.0.options.connect, self.0.connector.connect()).await;
        connection.map_err(|_| Error::Silent)?.map_err(|error| self.down(error))
    }

    /// For which of the databases that were behind this pool, one after the other, it was prepared last. From 1; 0: for
    /// none.
    pub fn epoch(&self) -> u64 {
        self.0.prepared.load(Ordering::Acquire)
    }

    fn down(&self, error: sqlx::Error) -> Error {
        Error::Down { database: self.0.connector.identity(), error }
    }

    /// Prepares the database, unless that was done since it may have become another one.
    async fn prepare(&self, lease: &mut Lease<C>) -> Result<(), Error> {
        let Shared { connector, prepare: Some(prepare), prepared, preparing, .. } = &*self.0 else {
            return Ok(());
        };
        let epoch = || self.0.with_free(|free| free.epoch);
        if prepared.load(Ordering::Acquire) >= epoch() {
            return Ok(());
        }
        let _preparing = preparing.lock().await;
        // What changes while it is prepared is another epoch.
        let epoch = epoch();
        let before = prepared.load(Ordering::Acquire);
        if before >= epoch {
            return Ok(());
        }
        let was_empty = prepare.prepare(connector, lease).await?;
        prepared.store(epoch, Ordering::Release);
        let was_told = self.0.with_free(|free| free.told > before);
        if was_empty && before > 0 && !was_told {
            let identity = connector.identity();
            let database = shown(&identity);
            tracing::error!(
                hint = "to have it back, stop Flux and restore a backup",
                "the tables of {database} were gone and are made anew: what was in them is lost"
            );
        }
        Ok(())
    }

    /// Says once what became of the file, and begins anew with what is there now.
    fn note(&self, change: Change) {
        let epoch = self.doubt();
        self.0.with_free(|free| free.told = epoch);
        let identity = self.0.connector.identity();
        let database = shown(&identity);
        match change {
            Change::Removed => tracing::error!(
                hint = "to have it back, stop Flux and restore a backup",
                "{database} was removed while Flux had it open: what was in it is lost, and an empty one is made"
            ),
            Change::Replaced => tracing::warn!(
                "{database} was replaced by another file while Flux had it open: from here on, the new one is used"
            ),
        }
    }

    /// From here on, new connections.
    fn renew(&self) {
        let old = self.0.with_free(|free| {
            free.generation += 1;
            std::mem::take(&mut free.connections)
        });
        drop(old);
    }

    /// The same, to what may be another database. Returns the epoch that begins.
    fn doubt(&self) -> u64 {
        self.renew();
        self.0.with_free(|free| {
            free.epoch += 1;
            free.epoch
        })
    }

    fn give_back(&self, connection: C::Connection, generation: u64) {
        if self.0.permits.is_closed() {
            return;
        }
        self.0.with_free(|free| {
            if free.generation == generation {
                free.connections.push((connection, Instant::now()));
            }
        });
    }

    /// Lends no connection any more, waits for those that are lent, as long as a statement may take, and closes all.
    pub async fn close(&self) {
        let Shared { permits, options, .. } = &*self.0;
        let all = u32::try_from(options.max_connections.max(1)).unwrap_or(u32::MAX);
        // Whoever waits longer is a statement that hangs: its connection is closed when it ends.
        let quiet = timeout(options.statement, permits.acquire_many(all)).await;
        permits.close();
        drop(quiet);
        let connections = self.0.with_free(|free| std::mem::take(&mut free.connections));
        for (connection, _) in connections {
            timeout(GOODBYE, C::close(connection)).await.ok();
        }
    }
}

impl<C: Connector> Shared<C> {
    fn with_free<T>(&self, action: impl FnOnce(&mut Free<C::Connection>) -> T) -> T {
        action(&mut self.free.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection, until it is dropped. A transaction that is open then is undone.
pub struct Lease<C: Connector> {
    /// None after a failure that left its state unknown: there is no connection any more.
    connection: Option<C::Connection>,
    /// A statement was begun and has not answered.
    busy: bool,
    /// A transaction was begun and has not ended.
    open: bool,
    /// It has changed the schema, and drivers remember the columns of statements.
    altered: bool,
    generation: u64,
    limit: Duration,
    pool: Pool<C>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<C: Connector> std::fmt::Debug for Lease<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("busy", &self.busy).field("open", &self.open).finish_non_exhaustive()
    }
}

impl<C: Connector> Lease<C> {
    /// How long a statement may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// From here on, statements may take so long.
    pub fn set_limit(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The schema was changed, or may have been: when this lease ends, all connections are made anew.
    pub fn alter(&mut self) {
        self.altered = true;
    }

    /// The connection. It counts as busy until [`settle`](Self::settle): if that never comes, nobody uses it again.
    ///
    /// # Errors
    /// [`Error::Closed`] after a failure that was the end of the connection.
    pub fn hold(&mut self) -> Result<&mut C::Connection, Error> {
        if self.busy {
            self.close();
        }
        let connection = self.connection.as_mut().ok_or(Error::Closed)?;
        self.busy = true;
        Ok(connection)
    }

    /// The end of a statement: nothing on success, or what its failure means for the connection. A statement that
    /// was given up is [`Fate::Close`].
    pub fn settle(&mut self, failed: Option<Fate>) {
        self.busy = false;
        match failed {
            None | Some(Fate::Keep) => {}
            Some(Fate::Close) => self.close(),
            Some(Fate::CloseAll) => {
                self.close();
                self.pool.doubt();
            }
        }
    }

    /// The answer of a statement that had [`limit`](Self::limit) to come, after [`hold`](Self::hold).
    ///
    /// # Errors
    /// [`Error::Timeout`], or that of the statement.
    pub fn answer<T>(&mut self, done: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, Error> {
        match done {
            Ok(Ok(value)) => {
                self.settle(None);
                Ok(value)
            }
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => {
                self.settle(Some(Fate::Close));
                Err(Error::Timeout)
            }
        }
    }

    /// What the failure of one of the host's own statements means. Tables that are not there any more are made by
    /// whoever comes next.
    fn failed(&mut self, error: sqlx::Error) -> Error {
        let is_unprepared = self.pool.0.prepare.is_some() && lacks_tables(&error);
        let fate = if is_unprepared { Fate::CloseAll } else { C::fate(&error) };
        self.settle(Some(fate));
        match fate {
            Fate::CloseAll => self.pool.down(error),
            Fate::Keep | Fate::Close => error.into(),
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As for any statement.
    pub async fn begin(&mut self) -> Result<(), Error> {
        self.command(C::BEGIN).await?;
        self.open = true;
        Ok(())
    }

    /// Ends the transaction, with its changes.
    ///
    /// # Errors
    /// As for any statement. The transaction is then undone when the lease ends. [`Error::Lost`]: the file is not
    /// there any more.
    pub async fn commit(&mut self) -> Result<(), Error> {
        if let Some(change) = self.connection.as_ref().and_then(|it| self.pool.0.connector.change(it)) {
            self.close();
            self.pool.note(change);
            return Err(Error::Lost(shown(&self.pool.0.connector.identity()).to_owned()));
        }
        self.command("COMMIT").await?;
        self.open = false;
        Ok(())
    }

    /// Undoes the transaction, if it must by the end of the connection.
    pub async fn rollback(&mut self) {
        if self.open && self.command("ROLLBACK").await.is_err() {
            self.close();
        }
        self.open = false;
    }

    /// Runs one of the host's own texts.
    ///
    /// # Errors
    /// As for any statement.
    pub async fn command(&mut self, sql: &'static str) -> Result<(), Error> {
        let limit = self.limit;
        let done = timeout(limit, C::command(self.hold()?, sql)).await;
        self.answer(done)
    }

    fn close(&mut self) {
        self.connection = None;
        self.open = false;
    }

    /// What makes the connection as new for the next.
    fn forget(&self) -> Option<&'static str> {
        match (self.pool.0.options.strangers, self.open) {
            (true, open) => C::FORGET[usize::from(open)],
            (false, true) => Some("ROLLBACK"),
            (false, false) => None,
        }
    }

    /// Makes the connection as new, which nobody waits for, and gives it back then.
    fn leave(&mut self, mut connection: C::Connection) {
        let Some(sql) = self.forget() else {
            return self.pool.give_back(connection, self.generation);
        };
        let Ok(runtime) = Handle::try_current() else { return };
        let (pool, permit) = (self.pool.clone(), self.permit.take());
        let (generation, limit) = (self.generation, self.limit);
        runtime.spawn(async move {
            if let Ok(Ok(())) = timeout(limit, C::command(&mut connection, sql)).await {
                pool.give_back(connection, generation);
            }
            drop(permit);
        });
    }
}

impl<C: Connector> Drop for Lease<C> {
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

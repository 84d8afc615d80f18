//! Connections that are used again, each with a switch that stops its statement.
//!
//! sqlx has a pool, but its connections cannot be told apart: a statement that ran out of time would
//! go on, on a connection that somebody else was given.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flux_host::bindings::flux::host::db::Error;
use futures_util::FutureExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure;

/// How many instructions SQLite runs between two looks at the switch: some microseconds.
const INSTRUCTIONS: i32 = 1000;

#[derive(Debug)]
pub(super) struct Pool {
    connect: SqliteConnectOptions,
    free: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
pub(super) struct Connection {
    connection: SqliteConnection,
    stop: Arc<AtomicBool>,
}

impl Connection {
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Pool {
    /// Opens one connection, to know that the file can be opened.
    pub(super) async fn open(connect: SqliteConnectOptions, connections: usize) -> Result<Self, sqlx::Error> {
        let permits = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        let pool = Self { connect, free: Mutex::default(), permits };
        let connection = pool.connect().await?;
        pool.give_back(connection);
        Ok(pool)
    }

    /// A new connection, which the pool does not count.
    pub(super) async fn connect(&self) -> Result<Connection, sqlx::Error> {
        let mut connection = self.connect.connect().await?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || !stopped.load(Ordering::Relaxed));
        drop(handle);
        Ok(Connection { connection, stop })
    }

    /// A connection of one's own.
    pub(super) async fn lease(pool: &Arc<Self>) -> Result<Lease, Error> {
        let permit = Arc::clone(&pool.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Unavailable("the database is closed".to_owned()))?;
        let free = pool.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match free {
            Some(connection) => connection,
            None => pool.connect().await.map_err(failure::error)?,
        };
        Ok(Lease { connection: Some(connection), busy: false, pool: Arc::clone(pool), _permit: permit })
    }

    fn give_back(&self, connection: Connection) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A connection, until it is dropped.
pub(super) struct Lease {
    // None after a statement that ran out of time or could not run: there is no connection any more.
    connection: Option<Connection>,
    busy: bool,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Runs `action`, which must leave no statement behind, for at most `limit`.
    pub(super) async fn within<'a, T>(
        &'a mut self,
        limit: Duration,
        action: impl AsyncFnOnce(&mut SqliteConnection, &AtomicBool) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(Connection { connection, stop }) = &mut self.connection else {
            return Err(Error::Timeout);
        };
        // Stays so if this future is dropped: then the connection is not given back.
        self.busy = true;
        let Ok(result) = tokio::time::timeout(limit, action(connection, stop)).await else {
            self.close();
            return Err(Error::Timeout);
        };
        self.busy = false;
        // It may be the connection that does not work: the next one is new.
        if let Err(Error::Unavailable(_)) = &result {
            self.close();
        }
        result
    }

    /// Sends ROLLBACK and does not wait: a connection runs its commands in order, and so before those
    /// of whoever has it next.
    pub(super) fn send_rollback(&mut self) {
        if let Some(connection) = &mut self.connection
            && !self.busy
        {
            let rollback = connection.connection.execute("ROLLBACK");
            drop(rollback.now_or_never());
        }
    }

    /// Stops the statement and closes the connection, which undoes what was not committed.
    fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.busy {
            self.close();
        } else if let Some(connection) = self.connection.take() {
            self.pool.give_back(connection);
        }
    }
}

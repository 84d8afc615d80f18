//! A connection of one's own, for a guest's statements.

use flux_host::bindings::flux::host::db::{Error, Rows};
use flux_sql::{Fate, Lease, Pool};
use tokio::time::{error::Elapsed, timeout};

use crate::DbOptions;
use crate::dialect::{CheckedStatement, Dialect, Failed};

/// A connection, until it is dropped. A transaction that is open then is undone.
pub(crate) struct Session<D: Dialect> {
    lease: Lease<D>,
    options: DbOptions,
    // The latest statement may have failed only because the schema has changed since it was prepared.
    outdated: bool,
}

impl<D: Dialect> Session<D> {
    pub(crate) async fn open(pool: &Pool<D>, options: DbOptions) -> Result<Self, Error> {
        let lease = pool.lease().await.map_err(error::<D>)?;
        Ok(Self { lease, options, outdated: false })
    }

    pub(crate) fn options(&self) -> DbOptions {
        self.options
    }

    /// Whether the latest statement failed, and may be run again if it stood alone.
    pub(crate) fn outdated(&self) -> bool {
        self.outdated
    }

    pub(crate) async fn query(&mut self, checked: &CheckedStatement<'_>) -> Result<Rows, Error> {
        self.note_schema(checked);
        let limit = self.lease.limit();
        let done = timeout(limit, D::query(self.lease.hold().map_err(error::<D>)?, checked)).await;
        self.answer(done)
    }

    pub(crate) async fn execute(&mut self, checked: &CheckedStatement<'_>) -> Result<u64, Error> {
        self.note_schema(checked);
        let limit = self.lease.limit();
        let done = timeout(limit, D::execute(self.lease.hold().map_err(error::<D>)?, checked)).await;
        self.answer(done)
    }

    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        self.lease.begin().await.map_err(error::<D>)
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.lease.commit().await.map_err(error::<D>)
    }

    /// Undoes the transaction, if it must by the end of the connection.
    pub(crate) async fn rollback(&mut self) {
        self.lease.rollback().await;
    }

    /// Drivers remember the columns of statements.
    fn note_schema(&mut self, checked: &CheckedStatement<'_>) {
        if checked.facts.schema {
            self.lease.alter();
        }
    }

    fn answer<T>(&mut self, done: Result<Result<T, Failed>, Elapsed>) -> Result<T, Error> {
        self.outdated = false;
        match done {
            Ok(Ok(value)) => {
                self.lease.settle(None);
                Ok(value)
            }
            Ok(Err(failed)) => {
                self.outdated = failed.outdated;
                // Inside a transaction it cannot be run again; whoever begins another finds no old connection.
                if failed.outdated && self.lease.is_open() {
                    self.lease.alter();
                }
                self.lease.settle(Some(failed.fate()));
                Err(failed.error)
            }
            Err(_) => {
                self.lease.settle(Some(Fate::Close));
                Err(Error::Timeout)
            }
        }
    }
}

/// What a failure of the pool, or of one of the host's own texts, means to a guest.
fn error<D: Dialect>(error: flux_sql::Error) -> Error {
    let why = error.with_hint();
    match error {
        flux_sql::Error::Silent => Error::Unavailable("the database does not answer".to_owned()),
        flux_sql::Error::Timeout => Error::Timeout,
        flux_sql::Error::Database(error) => D::error(error),
        // Whatever a database says to one who connects, it is no mistake in a statement.
        flux_sql::Error::Down { error, .. } => match D::error(error) {
            Error::Denied(why) => Error::Denied(why),
            Error::Conflict(failure) => Error::Conflict(failure),
            _ => Error::Unavailable(why),
        },
        _ => Error::Unavailable(why),
    }
}

//! One transaction on one connection.
//!
//! A statement that fails ends its transaction, on every database and whatever the reason: Postgres
//! refuses to go on, SQLite would, and a guest must not find out which it has. It is rolled back at once,
//! and its commit is an error, never a silent rollback.

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{DbFuture, Transaction};

use crate::dialect::{CheckedStatement, Dialect};
use crate::invalid;
use crate::session::Session;

/// A transaction that has begun. The session rolls it back if it is dropped.
pub(crate) struct Begun<D: Dialect> {
    session: Session<D>,
    // What every further call is answered with, once a statement has failed.
    over: Option<Error>,
}

impl<D: Dialect> Begun<D> {
    pub(crate) async fn begin(mut session: Session<D>) -> Result<Self, Error> {
        session.begin().await?;
        Ok(Self { session, over: None })
    }

    fn check<'a>(&self, sql: &'a str, params: &'a [Value]) -> Result<CheckedStatement<'a>, Error> {
        CheckedStatement::check::<D>(sql, params, self.session.options())
    }

    /// Runs one statement and returns its rows.
    pub(crate) async fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        self.alive()?;
        let rows = match self.check(sql, params) {
            Ok(checked) => self.session.query(&checked).await,
            Err(error) => Err(error),
        };
        self.settle(rows).await
    }

    async fn count(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.alive()?;
        let count = match self.check(sql, params) {
            Ok(checked) => self.session.execute(&checked).await,
            Err(error) => Err(error),
        };
        self.settle(count).await
    }

    /// Makes the changes permanent; if that fails they are undone.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        self.alive()?;
        self.session.commit().await
    }

    fn alive(&self) -> Result<(), Error> {
        self.over.clone().map_or(Ok(()), Err)
    }

    async fn settle<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.over = Some(afterwards(error));
            self.session.rollback().await;
        }
        result
    }
}

/// What follows a failure. Who may run the whole again shall see that at the commit too.
fn afterwards(error: &Error) -> Error {
    let message = match error {
        Error::Timeout | Error::Unavailable(_) | Error::Conflict(_) => return error.clone(),
        Error::Denied(message) => message,
        Error::Invalid(failure) | Error::Constraint(failure) => &failure.message,
    };
    invalid(format!("the transaction was undone when a statement failed ({message}); hint: begin another"))
}

impl<D: Dialect> Transaction for Begun<D> {
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
        Box::pin(self.rows(sql, params))
    }

    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, u64> {
        Box::pin(self.count(sql, params))
    }

    fn commit(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(Begun::commit(*self))
    }

    fn rollback(mut self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(async move {
            self.session.rollback().await;
            Ok(())
        })
    }
}

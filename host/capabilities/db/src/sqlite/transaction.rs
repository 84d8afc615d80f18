//! One transaction on one connection.

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{Answer, Transaction};
use sqlx::Executor;

use super::pool::Lease;
use super::statement::Run;
use super::{SqliteOptions, failure};
use crate::sql;

/// A transaction that has begun.
pub(super) struct Begun {
    lease: Lease,
    options: SqliteOptions,
    // What every further call is answered with: SQLite undid the transaction by itself, and without
    // one a statement would be committed at once.
    over: Option<Error>,
    open: bool,
}

impl Begun {
    pub(super) async fn begin(mut lease: Lease, options: SqliteOptions) -> Result<Self, Error> {
        command(&mut lease, options, "BEGIN IMMEDIATE").await?;
        Ok(Self { lease, options, over: None, open: true })
    }

    /// Runs something in the transaction.
    pub(super) async fn run<T>(
        &mut self,
        action: impl AsyncFnOnce(&mut Lease) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(over) = &self.over {
            return Err(over.clone());
        }
        let result = action(&mut self.lease).await;
        match &result {
            // The connection is closed.
            Err(error @ (Error::Timeout | Error::Unavailable(_))) => self.over(error.clone()),
            Err(_) => self.look().await,
            Ok(_) => {}
        }
        result
    }

    /// Ends it: COMMIT or ROLLBACK.
    pub(super) async fn end(mut self, how: &'static str) -> Result<(), Error> {
        match (&self.over, how) {
            (Some(_), "ROLLBACK") => return Ok(()),
            (Some(over), _) => return Err(over.clone()),
            (None, _) => {}
        }
        command(&mut self.lease, self.options, how).await?;
        self.open = false;
        Ok(())
    }

    /// Some failures undo a transaction, such as a full disk and ON CONFLICT ROLLBACK, and there is no
    /// telling from the failure. SQLite refuses to begin a second transaction: so it is asked to.
    async fn look(&mut self) {
        if command(&mut self.lease, self.options, "BEGIN").await.is_ok() {
            self.lease.send_rollback();
            self.over(Error::Conflict(crate::failure("the transaction was undone when a statement failed")));
        }
    }

    fn over(&mut self, error: Error) {
        self.over = Some(error);
        self.open = false;
    }
}

async fn command(lease: &mut Lease, options: SqliteOptions, sql: &'static str) -> Result<(), Error> {
    let limit = options.statement_timeout;
    let done =
        lease.within(limit, async |connection, _| connection.execute(sql).await.map_err(failure::error));
    done.await.map(drop)
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.open {
            self.lease.send_rollback();
        }
    }
}

impl Transaction for Begun {
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows> {
        Box::pin(async move {
            let checked = sql::check(sql, params.len())?;
            let run = Run { sql, params, checked, options: self.options };
            self.run(async |lease| run.query(lease).await).await
        })
    }

    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64> {
        Box::pin(async move {
            let checked = sql::check(sql, params.len())?;
            let run = Run { sql, params, checked, options: self.options };
            self.run(async |lease| run.execute(lease).await).await
        })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(self.end("COMMIT"))
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(self.end("ROLLBACK"))
    }
}

//! Queues in a database: an SQLite file or PostgreSQL, with the same statements on both.
//!
//! A done job is deleted, or if it has an idempotency key kept without its payload until the key may
//! be forgotten. A dead letter stays, with the reason of every attempt beside it. What the databases
//! do not have in common is in [`dialect`], `sqlite.rs` and `postgres.rs`.
//!
//! On PostgreSQL every time that nodes compare (due times, leases, keys, runs of schedules) is read from the
//! server's clock, inside the statement that needs it: nodes whose clocks disagree take no job too early, and no
//! running job from each other.

mod connection;
mod dialect;
mod inspect;
mod jobs;
mod postgres;
mod schedules;
mod sqlite;

use std::sync::Arc;

use flux_host::Transaction;
use flux_host::bindings::flux::host::db::{self, Rows, Value};
use flux_host::bindings::flux::host::queue::Error;
use flux_sql::Database;
use tokio::sync::Notify;

use crate::wakers::{Task, Wakers};
use crate::{
    Attempt, Backend, ClaimedJob, INTERRUPTED, Joins, NewJob, QueueFuture, Schedules, Settlement, Tended,
};
use connection::SqlQuery;
use dialect::Dialect;

pub use dialect::Clock;
pub use postgres::PostgresOptions;

/// The id of a job that is done, in a queue that no label names: it is written to see whether a job could be.
const CHECK: &str = "/readyz";
/// How long its payload is, in bytes: as that of a job with something in it.
const CHECK_BYTES: usize = 16 << 10;

/// See the [module](self).
pub struct Sql {
    database: Database,
    dialect: Dialect,
    identity: String,
    wakers: Arc<Wakers>,
    // Hears what other nodes send; SQLite has nobody to listen to.
    _listener: Option<Task>,
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sql").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Sql {
    fn statement(&self, template: &str, params: impl Into<Vec<Value>>) -> SqlQuery {
        SqlQuery { sql: self.dialect.text(template), params: params.into() }
    }

    /// A statement with the time in it, as `{now}`. `now_ms` is this node's, and used where no other is.
    fn timed(&self, template: &str, params: impl Into<Vec<Value>>, now_ms: u64) -> SqlQuery {
        let mut params = params.into();
        let mut sql = self.dialect.text(template);
        if let Some(now) = self.dialect.now {
            sql = sql.replace("{now}", now);
        } else if sql.contains("{now}") {
            params.push(integer(now_ms));
            sql = sql.replace("{now}", &format!("CAST(${} AS BIGINT)", params.len()));
        }
        SqlQuery { sql, params }
    }

    /// Runs a statement by itself.
    async fn run(&self, statement: SqlQuery) -> Result<Rows, Error> {
        connection::query(&self.database, statement).await.map_err(unavailable)
    }

    /// Writes as a send would: that the database can be read says little about a disk that is full.
    async fn write_something(&self, now_ms: u64) -> Result<(), Error> {
        let sql = "INSERT INTO {jobs} AS job (id, queue, payload, state, sent_ms, due_ms, ended_ms, attempt, max_attempts) \
                   VALUES ($1, $1, $2, 'done', {now}, {now}, {now}, 0, 1) ON CONFLICT (id) DO UPDATE \
                   SET payload = excluded.payload, ended_ms = excluded.ended_ms RETURNING id";
        // Another one each time: SQLite does not write what is there already.
        let payload = Value::Bytes(vec![now_ms.to_le_bytes()[0]; CHECK_BYTES]);
        self.run(self.timed(sql, [text(CHECK), payload], now_ms)).await.map(drop)
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, Error> {
        connection::begin(&self.database).await.map_err(unavailable)
    }
}

/// Runs a statement inside a transaction, which may be the guest's.
async fn run_in(transaction: &mut dyn Transaction, statement: &SqlQuery) -> Result<Rows, Error> {
    transaction.query(&statement.sql, &statement.params).await.map_err(unavailable)
}

/// Whatever a database says to one of these statements, it is not the sender's fault.
fn unavailable(error: db::Error) -> Error {
    Error::Unavailable(match error {
        db::Error::Denied(why) | db::Error::Unavailable(why) => why,
        db::Error::Invalid(it) | db::Error::Constraint(it) | db::Error::Conflict(it) => it.message,
        db::Error::Timeout => "the database did not answer in time".to_owned(),
    })
}

fn unreadable() -> Error {
    Error::Unavailable("the database answered with something else than a job".to_owned())
}

fn integer(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// One row, read from the left.
struct Cells(std::vec::IntoIter<Value>);

impl Cells {
    fn all(rows: Rows) -> impl Iterator<Item = Self> {
        rows.rows.into_iter().map(|row| Self(row.into_iter()))
    }

    fn first(rows: Rows) -> Option<Self> {
        Self::all(rows).next()
    }

    fn integer<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Error> {
        match self.0.next() {
            Some(Value::Integer(it)) => T::try_from(it).map(Some).map_err(|_| unreadable()),
            Some(Value::Null) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Error> {
        self.integer()?.ok_or_else(unreadable)
    }

    fn text(&mut self) -> Result<Option<String>, Error> {
        match self.0.next() {
            Some(Value::Text(it)) => Ok(Some(it)),
            Some(Value::Bytes(it)) => String::from_utf8(it).map(Some).map_err(|_| unreadable()),
            Some(Value::Null) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        self.text()?.ok_or_else(unreadable)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        match self.0.next() {
            Some(Value::Bytes(it)) => Ok(it),
            _ => Err(unreadable()),
        }
    }
}

impl Backend for Sql {
    fn send(&self, job: NewJob) -> QueueFuture<'_, String> {
        Box::pin(self.insert(job))
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Option<ClaimedJob>> {
        Box::pin(self.take(queue, now_ms))
    }

    fn extend<'a>(&'a self, attempt: Attempt<'a>, now_ms: u64) -> QueueFuture<'a, bool> {
        Box::pin(self.lease(attempt, now_ms))
    }

    fn settle<'a>(
        &'a self,
        attempt: Attempt<'a>,
        settlement: Settlement,
        now_ms: u64,
    ) -> QueueFuture<'a, bool> {
        Box::pin(self.end(attempt, settlement, now_ms))
    }

    fn tend<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        Box::pin(self.look(queue, now_ms))
    }

    fn recover<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        Box::pin(async move {
            match self.dialect.one_owner {
                true => {
                    self.bring_back(queue, now_ms).await?;
                    self.take_back(queue, "TRUE", INTERRUPTED, now_ms).await
                }
                false => self.look(queue, now_ms).await,
            }
        })
    }

    fn check<'a>(&'a self, _queue: &'a str, now_ms: u64) -> QueueFuture<'a, ()> {
        Box::pin(self.write_something(now_ms))
    }

    fn listen(&self, queue: &str, wake: &Arc<Notify>) {
        self.wakers.add(queue, wake);
    }

    fn joins(&self) -> Option<&dyn Joins> {
        Some(self)
    }

    fn schedules(&self) -> Option<&dyn Schedules> {
        Some(self)
    }
}

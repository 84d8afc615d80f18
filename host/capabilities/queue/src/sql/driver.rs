//! Statements on a pool of either database, in the values that the `db` interface has: a job is sent by
//! the same statements on a connection of this pool and inside the transaction of a guest.
//!
//! A caller may go away at any time: a guest that is ended in the middle of a send drops its future, and so does
//! the limit of time below. sqlx would give such a connection back to its pool while the server is still busy with
//! the statement. Here a connection goes back only when it is known to be quiet; otherwise it is closed, which
//! also undoes the transaction that it had open.

use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{Answer, Transaction};
use sqlx::pool::PoolConnection;
use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, Database, Decode, Encode, Executor, IntoArguments, Pool, Row,
    Type, ValueRef,
};

use super::Statement;

/// How long a database may take for a statement, and for a connection before it.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// A pool of connections.
pub(super) trait Driver: Send + Sync {
    /// Runs a statement by itself.
    fn query(&self, statement: Statement) -> Answer<'_, Rows>;
    /// Begins a transaction.
    fn begin(&self) -> Answer<'_, Box<dyn Transaction>>;
}

/// Either database's pool.
pub(super) struct Pooled<DB: Database> {
    pub(super) pool: Pool<DB>,
    pub(super) begin: &'static str,
}

/// A type that goes into a statement and comes out of a row.
pub(super) trait Cell<DB: Database>:
    Type<DB> + for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB>
{
}

impl<DB: Database, T: Type<DB> + for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB>> Cell<DB> for T {}

/// A database whose statements have the types that a job has.
pub(super) trait Typed: Database<Arguments: IntoArguments<Self>, Row: Unpin> {
    fn bind(params: &[Value]) -> Result<Self::Arguments, Error>;
    fn row(row: &Self::Row) -> Result<Vec<Value>, Error>;
}

impl<DB: Database> Typed for DB
where
    DB::Arguments: IntoArguments<DB>,
    i64: Cell<DB>,
    String: Cell<DB>,
    Vec<u8>: Cell<DB>,
    usize: ColumnIndex<DB::Row>,
{
    fn bind(params: &[Value]) -> Result<DB::Arguments, Error> {
        let mut arguments = DB::Arguments::default();
        for value in params {
            let added = match value {
                Value::Integer(it) => arguments.add(*it),
                Value::Text(it) => arguments.add(it.clone()),
                Value::Bytes(it) => arguments.add(it.clone()),
                Value::Null | Value::Boolean(_) | Value::Real(_) => Err("no column has this type".into()),
            };
            added.map_err(|why| Error::Unavailable(why.to_string()))?;
        }
        Ok(arguments)
    }

    fn row(row: &DB::Row) -> Result<Vec<Value>, Error> {
        (0..row.len()).map(|at| cell::<DB>(row, at).map_err(failed)).collect()
    }
}

fn cell<DB: Database>(row: &DB::Row, at: usize) -> Result<Value, sqlx::Error>
where
    i64: Cell<DB>,
    String: Cell<DB>,
    Vec<u8>: Cell<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let stored = raw.type_info();
    if i64::compatible(&stored) {
        return row.try_get_unchecked(at).map(Value::Integer);
    }
    match String::compatible(&stored) {
        true => row.try_get_unchecked(at).map(Value::Text),
        false => row.try_get_unchecked(at).map(Value::Bytes),
    }
}

fn failed(error: sqlx::Error) -> Error {
    Error::Unavailable(error.to_string())
}

/// In bounded time, whatever the network does.
async fn within<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let late = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(ANSWER * 2, answer).await.unwrap_or_else(late)
}

/// A connection of the pool, until it is dropped.
struct Lent<DB: Database> {
    connection: PoolConnection<DB>,
    // A statement was begun and has not answered.
    busy: bool,
    // A transaction was begun and has not ended.
    open: bool,
}

impl<DB: Typed> Lent<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    async fn new(pool: &Pool<DB>) -> Result<Self, Error> {
        let connection = within(pool.acquire()).await.map_err(failed)?;
        Ok(Self { connection, busy: false, open: false })
    }

    async fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Error> {
        let query = sqlx::query_with(AssertSqlSafe(sql), DB::bind(params)?);
        self.busy = true;
        let rows = within(query.fetch_all(&mut *self.connection)).await;
        let rows = self.settle(rows)?;
        let rows = rows.iter().map(DB::row).collect::<Result<_, _>>()?;
        Ok(Rows { columns: Vec::new(), rows })
    }

    async fn command(&mut self, sql: &'static str) -> Result<(), Error> {
        self.busy = true;
        let done = within(self.connection.execute(sql)).await;
        self.settle(done).map(drop)
    }

    /// Quiet again, unless the connection itself failed.
    fn settle<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, Error> {
        self.busy = !matches!(done, Ok(_) | Err(sqlx::Error::Database(_)));
        done.map_err(failed)
    }
}

impl<DB: Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        if self.busy || self.open {
            self.connection.close_on_drop();
        }
    }
}

impl<DB: Typed> Driver for Pooled<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn query(&self, statement: Statement) -> Answer<'_, Rows> {
        Box::pin(async move { Lent::new(&self.pool).await?.rows(&statement.sql, &statement.params).await })
    }

    fn begin(&self) -> Answer<'_, Box<dyn Transaction>> {
        Box::pin(async move {
            let mut lent = Lent::new(&self.pool).await?;
            lent.command(self.begin).await?;
            lent.open = true;
            Ok(Box::new(Begun(lent)) as Box<dyn Transaction>)
        })
    }
}

/// A transaction. Dropped before its end, its connection is closed, and the database undoes it.
struct Begun<DB: Database>(Lent<DB>);

impl<DB: Typed> Begun<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    async fn end(mut self, how: &'static str) -> Result<(), Error> {
        self.0.command(how).await?;
        self.0.open = false;
        Ok(())
    }
}

impl<DB: Typed> Transaction for Begun<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows> {
        Box::pin(self.0.rows(sql, params))
    }

    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.query(sql, params).await?.rows.len() as u64) })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(self.end("COMMIT"))
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(self.end("ROLLBACK"))
    }
}

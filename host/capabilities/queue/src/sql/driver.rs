//! Statements on a pool of either database, in the values that the `db` interface has: a job is sent by
//! the same statements on a connection of this pool and inside the transaction of a guest.

use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{Answer, Transaction};
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
async fn within<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(ANSWER * 2, answer).await.unwrap_or(Err(Error::Timeout))
}

async fn rows<'c, DB: Typed>(
    executor: impl Executor<'c, Database = DB>,
    sql: &str,
    params: &[Value],
) -> Result<Rows, Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql), DB::bind(params)?);
    let rows = within(async { query.fetch_all(executor).await.map_err(failed) }).await?;
    let rows = rows.iter().map(DB::row).collect::<Result<_, _>>()?;
    Ok(Rows { columns: Vec::new(), rows })
}

impl<DB: Typed> Driver for Pooled<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn query(&self, statement: Statement) -> Answer<'_, Rows> {
        Box::pin(async move { rows(&self.pool, &statement.sql, &statement.params).await })
    }

    fn begin(&self) -> Answer<'_, Box<dyn Transaction>> {
        Box::pin(within(async {
            let begun = self.pool.begin_with(self.begin).await.map_err(failed)?;
            Ok(Box::new(Begun(begun)) as Box<dyn Transaction>)
        }))
    }
}

/// A transaction of the pool's own. Dropped, sqlx rolls it back.
struct Begun<DB: Database>(sqlx::Transaction<'static, DB>);

impl<DB: Typed> Transaction for Begun<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, Rows> {
        Box::pin(rows(&mut *self.0, sql, params))
    }

    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.query(sql, params).await?.rows.len() as u64) })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(within(async { self.0.commit().await.map_err(failed) }))
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(within(async { self.0.rollback().await.map_err(failed) }))
    }
}

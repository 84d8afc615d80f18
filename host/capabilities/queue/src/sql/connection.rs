//! The queue's own connections, in the values that the `db` interface has: a job is sent by the same statements on
//! one of them and inside the transaction of a guest.

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_host::{DbFuture, Transaction};
use flux_sql::{Database, Row};

/// A statement and its parameters.
pub(super) struct SqlQuery {
    pub(super) sql: String,
    pub(super) params: Vec<Value>,
}

/// Runs a statement by itself.
pub(super) async fn query(database: &Database, statement: SqlQuery) -> Result<Rows, Error> {
    let rows = database.fetch(prepared(&statement.sql, &statement.params)?).await;
    table(&rows.map_err(unavailable)?)
}

/// Begins a transaction of the queue's own.
pub(super) async fn begin(database: &Database) -> Result<Box<dyn Transaction>, Error> {
    let transaction = database.begin().await.map_err(unavailable)?;
    Ok(Box::new(Own(transaction)))
}

/// A transaction. Dropped before its end, it is undone.
struct Own(flux_sql::Transaction);

impl Transaction for Own {
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
        Box::pin(async move {
            let rows = self.0.fetch(prepared(sql, params)?).await;
            table(&rows.map_err(unavailable)?)
        })
    }

    fn execute<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, u64> {
        Box::pin(async move { self.0.execute(prepared(sql, params)?).await.map_err(unavailable) })
    }

    fn commit(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(async move { self.0.commit().await.map_err(unavailable) })
    }

    fn rollback(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(async move {
            self.0.rollback().await;
            Ok(())
        })
    }
}

fn prepared(sql: &str, params: &[Value]) -> Result<flux_sql::Statement, Error> {
    let mut statement = flux_sql::Statement::prepared(sql.into());
    for value in params {
        statement = match value {
            Value::Integer(it) => statement.with(*it),
            Value::Text(it) => statement.with(it.as_str()),
            Value::Bytes(it) => statement.with(it.as_slice()),
            Value::Null | Value::Boolean(_) | Value::Real(_) => {
                return Err(Error::Unavailable("no column of a job has this type".to_owned()));
            }
        };
    }
    Ok(statement)
}

fn table(rows: &[Row]) -> Result<Rows, Error> {
    let rows = rows.iter().map(|row| {
        let values = row.values().map_err(|error| unavailable(error.into()))?;
        Ok(values.into_iter().map(cell).collect())
    });
    Ok(Rows { columns: Vec::new(), rows: rows.collect::<Result<_, Error>>()? })
}

fn cell(value: flux_sql::Value) -> Value {
    match value {
        flux_sql::Value::Integer(Some(it)) => Value::Integer(it),
        flux_sql::Value::Text(Some(it)) => Value::Text(it),
        flux_sql::Value::Bytes(it) => Value::Bytes(it),
        flux_sql::Value::Flag(it) => Value::Boolean(it),
        flux_sql::Value::Id(Some(it)) => Value::Text(it.to_string()),
        flux_sql::Value::Integer(None) | flux_sql::Value::Text(None) | flux_sql::Value::Id(None) => {
            Value::Null
        }
    }
}

fn unavailable(error: flux_sql::Error) -> Error {
    Error::Unavailable(error.with_hint())
}

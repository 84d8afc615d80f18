//! Values, both ways.

use flux_host::bindings::flux::host::db::{Error, Value};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow, SqliteValueRef};
use sqlx::{Arguments, Column, Decode, Row, Sqlite, TypeInfo, ValueRef};

use super::failure;
use crate::invalid;

/// The parameters of a statement.
pub(super) fn arguments(params: &[Value]) -> Result<SqliteArguments, Error> {
    let mut arguments = SqliteArguments::default();
    for (at, value) in params.iter().enumerate() {
        let added = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Boolean(it) => arguments.add(i64::from(*it)),
            Value::Integer(it) => arguments.add(*it),
            Value::Real(it) if it.is_nan() => Err("it is NaN, which SQLite would store as NULL".into()),
            Value::Real(it) => arguments.add(*it),
            Value::Text(it) => arguments.add(it.clone()),
            Value::Bytes(it) => arguments.add(it.clone()),
        };
        added.map_err(|why| invalid(format!("parameter {} cannot be sent: {why}", at + 1)))?;
    }
    Ok(arguments)
}

/// A row as the guest sees it.
pub(super) fn row(row: &SqliteRow) -> Result<Vec<Value>, Error> {
    // The schema changed just now, and the driver did not notice.
    if row.len() != row.columns().len() {
        return Err(Error::Conflict(crate::failure("the schema was changed meanwhile")));
    }
    let mut values = Vec::with_capacity(row.columns().len());
    for (at, column) in row.columns().iter().enumerate() {
        let raw = row.try_get_raw(at).map_err(failure::error)?;
        let boolean = column.type_info().name() == "BOOLEAN";
        let unreadable = |why| invalid(format!("column {} cannot be read: {why}", column.name()));
        values.push(value(raw, boolean).map_err(unreadable)?);
    }
    Ok(values)
}

fn value(raw: SqliteValueRef<'_>, boolean: bool) -> Result<Value, BoxDynError> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let stored = raw.type_info().into_owned();
    Ok(match stored.name() {
        "INTEGER" => match <i64 as Decode<Sqlite>>::decode(raw)? {
            it @ (0 | 1) if boolean => Value::Boolean(it == 1),
            it => Value::Integer(it),
        },
        "REAL" => Value::Real(Decode::<Sqlite>::decode(raw)?),
        "TEXT" => Value::Text(Decode::<Sqlite>::decode(raw)?),
        _ => Value::Bytes(Decode::<Sqlite>::decode(raw)?),
    })
}

//! Values on their way to the guest.

use flux_host::bindings::flux::host::db::{Error, Value};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Column, Row, ValueRef};

use super::kind::Kind;
use super::{failure, text};
use crate::invalid;

/// A row as the guest sees it; a value of a foreign type is still in its binary form.
pub(super) fn row(row: &PgRow) -> Result<Vec<Value>, Error> {
    let mut values = Vec::with_capacity(row.columns().len());
    for (at, column) in row.columns().iter().enumerate() {
        let raw = row.try_get_raw(at).map_err(failure::error)?;
        let unreadable = |why| invalid(format!("column {} cannot be read: {why}", column.name()));
        let kind = Kind::of(column.type_info());
        let value = match column.relation_id() {
            None if kind == Kind::Numeric => computed(&raw),
            _ => value(&raw, kind),
        };
        values.push(value.map_err(unreadable)?);
    }
    Ok(values)
}

/// A `numeric` that an expression gave, such as `sum(hits)` of whole numbers: an integer where it is a whole number
/// without decimals, as SQLite has it. A column's value stays text whatever it is, and so does what has decimals:
/// a sum of prices is exact.
fn computed(raw: &PgValueRef<'_>) -> Result<Value, BoxDynError> {
    Ok(match value(raw, Kind::Numeric)? {
        Value::Text(text) => text.parse().map_or(Value::Text(text), Value::Integer),
        other => other,
    })
}

fn value(raw: &PgValueRef<'_>, kind: Kind) -> Result<Value, BoxDynError> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let bytes = raw.as_bytes()?;
    Ok(match kind {
        Kind::Boolean => Value::Boolean(bytes != [0]),
        Kind::Integer(2) => Value::Integer(i16::from_be_bytes(bytes.try_into()?).into()),
        Kind::Integer(4) => Value::Integer(i32::from_be_bytes(bytes.try_into()?).into()),
        Kind::Integer(_) => Value::Integer(i64::from_be_bytes(bytes.try_into()?)),
        Kind::Real(4) => Value::Real(f32::from_be_bytes(bytes.try_into()?).into()),
        Kind::Real(_) => Value::Real(f64::from_be_bytes(bytes.try_into()?)),
        Kind::Text => Value::Text(raw.as_str()?.to_owned()),
        Kind::Bytes | Kind::Foreign => Value::Bytes(bytes.to_vec()),
        Kind::Numeric => Value::Text(text::numeric(bytes)?),
        Kind::Uuid => Value::Text(text::uuid(bytes)?),
        Kind::Jsonb => Value::Text(text::jsonb(bytes)?),
        Kind::Date => Value::Text(text::date(bytes)?),
        Kind::Timestamp { zone } => Value::Text(text::timestamp(bytes, zone)?),
    })
}

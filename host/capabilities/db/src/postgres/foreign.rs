//! Values that only the server can turn into text: arrays, ranges, intervals, addresses, composites and
//! whatever an extension adds. They are sent back in their binary form, as the type that they are, to be
//! selected as text. No list of types, and nothing that could be wrong.

use flux_host::bindings::flux::host::db::{Error, Value};
use sqlx::postgres::{PgArguments, PgColumn, PgConnection};
use sqlx::{Arguments, AssertSqlSafe, Column, Postgres, Row, TypeInfo};

use super::failure;
use super::kind::{Kind, name};
use super::parameters::Raw;
use crate::dialect::{fits, size};
use crate::{DbOptions, invalid};

/// How many are sent at once. A row may have 1,664 columns.
const BATCH: usize = 500;

/// Puts text in the place of foreign values.
pub(super) async fn read(
    connection: &mut PgConnection,
    columns: &[PgColumn],
    rows: &mut [Vec<Value>],
    options: DbOptions,
) -> Result<(), Error> {
    for (at, column) in columns.iter().enumerate() {
        if Kind::of(column.type_info()) != Kind::Foreign {
            continue;
        }
        let mut values: Vec<&mut Value> =
            rows.iter_mut().map(|row| &mut row[at]).filter(|it| **it != Value::Null).collect();
        for batch in values.chunks_mut(BATCH) {
            convert(connection, column, batch).await?;
        }
        fits(rows.iter().map(|row| size(row)).sum(), options)?;
    }
    Ok(())
}

async fn convert(
    connection: &mut PgConnection,
    column: &PgColumn,
    batch: &mut [&mut Value],
) -> Result<(), Error> {
    let mut arguments = PgArguments::default();
    for value in batch.iter_mut() {
        let Value::Bytes(bytes) = std::mem::replace(*value, Value::Null) else { continue };
        let raw = Raw { info: column.type_info().clone(), bytes: Some(bytes) };
        arguments.add(raw).map_err(|why| unreadable(column, &why.to_string()))?;
    }
    // With the type's name: the driver keeps statements, and their types, by their text.
    let kind = name(column.type_info());
    let texts: Vec<String> = (1..=batch.len()).map(|it| format!("(${it}::{kind})::text")).collect();
    let sql = AssertSqlSafe(format!("SELECT {}", texts.join(", ")));
    let query = sqlx::query_with::<Postgres, _>(sql, arguments);
    // Kept only where it will be the same again.
    let row = query.persistent(batch.len() == 1).fetch_one(connection).await;
    let row = row.map_err(|error| match failure::error(error) {
        Error::Invalid(failure) => unreadable(column, &failure.message),
        other => other,
    })?;
    for (at, value) in batch.iter_mut().enumerate() {
        **value = Value::Text(row.try_get(at).map_err(failure::error)?);
    }
    Ok(())
}

fn unreadable(column: &PgColumn, why: &str) -> Error {
    let (column, kind) = (column.name(), column.type_info().name().to_lowercase());
    invalid(format!(
        "column {column} cannot be read: {why} ({kind}); hint: select it as text, {column}::text"
    ))
}

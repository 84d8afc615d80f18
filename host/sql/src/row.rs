//! What a statement gave.

use sqlx::{ColumnIndex, Database, Decode, Postgres, Sqlite, Type, ValueRef};

use crate::statement::Value;

/// A row of either database.
#[derive(Debug)]
pub enum Row {
    /// SQLite's.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// PostgreSQL's.
    Postgres(sqlx::postgres::PgRow),
}

impl Row {
    /// A column, by its place from 0.
    ///
    /// # Errors
    /// There is no such column, or it is not of this type.
    pub fn get<'r, T>(&'r self, index: usize) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => sqlx::Row::try_get(row, index),
            Self::Postgres(row) => sqlx::Row::try_get(row, index),
        }
    }

    /// All columns as numbers, texts or bytes, by what is stored in them. A NULL is a number that is absent.
    ///
    /// # Errors
    /// A column cannot be read as any of these.
    pub fn values(&self) -> Result<Vec<Value>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => values::<Sqlite>(row),
            Self::Postgres(row) => values::<Postgres>(row),
        }
    }
}

/// A type that comes out of a row.
trait Cell<DB: Database>: Type<DB> + for<'r> Decode<'r, DB> {}

impl<DB: Database, T: Type<DB> + for<'r> Decode<'r, DB>> Cell<DB> for T {}

fn values<DB: Database>(row: &DB::Row) -> Result<Vec<Value>, sqlx::Error>
where
    i64: Cell<DB>,
    String: Cell<DB>,
    Vec<u8>: Cell<DB>,
    usize: ColumnIndex<DB::Row>,
{
    (0..sqlx::Row::len(row)).map(|at| value::<DB>(row, at)).collect()
}

fn value<DB: Database>(row: &DB::Row, at: usize) -> Result<Value, sqlx::Error>
where
    i64: Cell<DB>,
    String: Cell<DB>,
    Vec<u8>: Cell<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let raw = sqlx::Row::try_get_raw(row, at)?;
    if raw.is_null() {
        return Ok(Value::Integer(None));
    }
    let stored = raw.type_info();
    if i64::compatible(&stored) {
        return sqlx::Row::try_get_unchecked(row, at).map(|it| Value::Integer(Some(it)));
    }
    match String::compatible(&stored) {
        true => sqlx::Row::try_get_unchecked(row, at).map(|it| Value::Text(Some(it))),
        false => sqlx::Row::try_get_unchecked(row, at).map(Value::Bytes),
    }
}

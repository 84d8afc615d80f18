//! Rows, and how they become the guest's own types.

use super::value::{FromValue, Value};
use std::fmt;

/// The rows of a query, in the order of the database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The values; every row has one for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// The first row, if there is one.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    /// All rows as the guest's own type.
    pub fn decode<T: FromRow>(&self) -> Result<Vec<T>, DecodeError> {
        self.iter().map(|row| T::from_row(&row)).collect()
    }

    /// The first row as the guest's own type, if there is one.
    pub fn decode_first<T: FromRow>(&self) -> Result<Option<T>, DecodeError> {
        self.first().map(|row| T::from_row(&row)).transpose()
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    /// The value of a column, as a Rust type. NULL is only an [`Option`].
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DecodeError> {
        let value = self.value(column).ok_or_else(|| DecodeError::NoColumn { column: column.to_owned() })?;
        T::from_value(value).ok_or_else(|| DecodeError::WrongType {
            column: column.to_owned(),
            expected: T::EXPECTED,
            found: value.kind(),
        })
    }

    /// The value of a column as it is, or `None` if there is no such column.
    pub fn value(&self, column: &str) -> Option<&'a Value> {
        let index = self.columns.iter().position(|name| name == column)?;
        self.values.get(index)
    }

    /// All values, in the order of the columns.
    pub fn values(&self) -> &'a [Value] {
        self.values
    }
}

/// A type that is made of a row.
pub trait FromRow: Sized {
    /// Takes the columns it needs.
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError>;
}

/// A row does not have what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The query returned no column of this name.
    NoColumn {
        /// The name.
        column: String,
    },
    /// The column holds another type, or a number that does not fit.
    WrongType {
        /// The name of the column.
        column: String,
        /// What was asked for.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumn { column } => write!(f, "the query returned no column `{column}`"),
            Self::WrongType { column, expected, found } => {
                write!(f, "column `{column}` should be {expected}, and is {found}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::{DecodeError, Rows};
    use crate::db::Value;

    fn rows() -> Rows {
        Rows { columns: vec!["id".into(), "note".into()], rows: vec![vec![Value::Integer(7), Value::Null]] }
    }

    #[test]
    fn columns_are_read_by_name() {
        let rows = rows();
        let row = rows.first().expect("one row");
        assert_eq!(row.get::<u32>("id"), Ok(7));
        assert_eq!(row.get::<Option<String>>("note"), Ok(None));
    }

    #[test]
    fn an_error_names_the_column() {
        let rows = rows();
        let row = rows.first().expect("one row");
        let missing = DecodeError::NoColumn { column: "nope".into() };
        assert_eq!(row.get::<u32>("nope"), Err(missing));
        let error = row.get::<String>("note").expect_err("null is not text");
        assert_eq!(error.to_string(), "column `note` should be text, and is null");
    }
}

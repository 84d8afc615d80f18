//! The host's own statements, for either database.

use std::sync::Arc;

use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Encode, SqlSafeStr, SqlStr, Type};
use uuid::Uuid;

use crate::dialect::Dialect;

/// A value, either way. What is absent has a type too: a server wants to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// An id.
    Id(Option<Uuid>),
    /// A number.
    Integer(Option<i64>),
    /// True or false.
    Flag(bool),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Gives the values their place in the enum.
macro_rules! value_from {
    ($($type:ty, $value:ident => $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        }
    )*};
}
value_from! {
    Uuid, id => Self::Id(Some(id));
    Option<Uuid>, id => Self::Id(id);
    i64, number => Self::Integer(Some(number));
    Option<i64>, number => Self::Integer(number);
    u64, number => Self::Integer(Some(number.cast_signed()));
    u32, number => Self::Integer(Some(number.into()));
    Option<u16>, number => Self::Integer(number.map(i64::from));
    bool, flag => Self::Flag(flag);
    &str, text => Self::Text(Some(text.to_owned()));
    String, text => Self::Text(Some(text));
    &[u8], bytes => Self::Bytes(bytes.to_vec());
    Vec<u8>, bytes => Self::Bytes(bytes);
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub struct Statement {
    sql: SqlStr,
    values: Vec<Value>,
    /// Whether the connection keeps it prepared.
    kept: bool,
}

impl Statement {
    /// A statement whose text is always the same. Connections keep it prepared.
    pub fn of(sql: &'static str) -> Self {
        Self { sql: sql.into_sql_str(), values: Vec::new(), kept: true }
    }

    /// A statement whose text was put together, and is used again and again. Connections keep it prepared.
    pub fn prepared(sql: Arc<str>) -> Self {
        Self { sql: AssertSqlSafe(sql).into_sql_str(), values: Vec::new(), kept: true }
    }

    /// Adds the value of the next placeholder.
    pub fn push(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
    }

    /// The same with the value of the next placeholder.
    #[must_use]
    pub fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// PostgreSQL has no text with a NUL, and one such name must not keep a batch from being written.
    #[must_use]
    pub(crate) fn without_nul(mut self) -> Self {
        for value in &mut self.values {
            if let Value::Text(Some(text)) = value
                && text.contains('\0')
            {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        self
    }

    pub(crate) fn query<DB>(self) -> Query<'static, DB, DB::Arguments>
    where
        DB: sqlx::Database + HasStatementCache,
        Option<Uuid>: Encode<'static, DB> + Type<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Vec<u8>: Encode<'static, DB> + Type<DB>,
        bool: Encode<'static, DB> + Type<DB>,
    {
        let mut query = sqlx::query(self.sql);
        for value in self.values {
            query = match value {
                Value::Id(id) => query.bind(id),
                Value::Integer(number) => query.bind(number),
                Value::Flag(flag) => query.bind(flag),
                Value::Text(text) => query.bind(text),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.persistent(self.kept)
    }
}

/// Puts a statement together.
#[derive(Debug)]
pub struct Builder {
    dialect: Dialect,
    sql: String,
    values: Vec<Value>,
}

impl Builder {
    /// Begins with a text.
    pub fn new(dialect: Dialect, sql: impl Into<String>) -> Self {
        Self { dialect, sql: sql.into(), values: Vec::new() }
    }

    /// Adds a text.
    #[must_use]
    pub fn push(mut self, sql: &str) -> Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a value's placeholder.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self.sql.push_str(&self.dialect.placeholder(self.values.len()));
        self
    }

    /// Adds values in brackets, for `IN`.
    #[must_use]
    pub fn bind_list(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        let mut before = "(";
        for value in values {
            self = self.push(before).bind(value);
            before = ", ";
        }
        self.push(if before == "(" { "(NULL)" } else { ")" })
    }

    /// Puts a text before all others.
    #[must_use]
    pub fn before(mut self, sql: &str) -> Self {
        self.sql.insert_str(0, sql);
        self
    }

    /// The statement. Its text depends on what was asked, so no connection keeps it prepared.
    pub fn done(self) -> Statement {
        Statement { sql: AssertSqlSafe(self.sql).into_sql_str(), values: self.values, kept: false }
    }
}

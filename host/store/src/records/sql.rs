//! One way to ask two databases, and all the places where their languages differ.

use std::sync::Arc;

use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Decode, Encode, Postgres, Row as _, Sqlite, SqlitePool, Type};
use uuid::Uuid;

use super::postgres::Server;

/// The languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The condition that failures meet, spelt as in the index over them.
    pub fn failed(self) -> &'static str {
        match self {
            Self::Sqlite => "failed = 1",
            Self::Postgres => "failed",
        }
    }

    /// An execution's id as 32 hexadecimal digits in lower case.
    pub fn id_digits(self) -> &'static str {
        match self {
            Self::Sqlite => "lower(hex(id))",
            Self::Postgres => "replace(id::text, '-', '')",
        }
    }

    /// Asks for the number below which no row arrives any more.
    pub fn horizon(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT max(last, (SELECT coalesce(max(rowid), 0) FROM executions)) + 1 FROM arrivals"
            }
            Self::Postgres => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        }
    }

    /// The column that says when a row arrived, how it is read as a number, and its type.
    pub fn arrival(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Sqlite => ("rowid", "rowid", "INTEGER"),
            Self::Postgres => ("arrived", "arrived::text::bigint", "xid8"),
        }
    }

    /// The text that stands for the value of this number, counted from 1.
    pub fn placeholder(self, number: usize) -> String {
        match self {
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => format!("${number}"),
        }
    }

    /// PostgreSQL has no text with a NUL, and one such name must not keep a batch from being shipped.
    fn accept(self, value: Value) -> Value {
        match value {
            Value::Text(Some(text)) if self == Self::Postgres && text.contains('\0') => {
                Value::Text(Some(text.replace('\0', "\u{fffd}")))
            }
            value => value,
        }
    }
}

/// A value for a statement.
#[derive(Debug)]
pub(super) enum Value {
    Id(Option<Uuid>),
    Integer(Option<i64>),
    Flag(bool),
    Text(Option<String>),
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
    u64, number => Self::Integer(Some(number.cast_signed()));
    u32, number => Self::Integer(Some(number.into()));
    Option<u16>, number => Self::Integer(number.map(i64::from));
    bool, flag => Self::Flag(flag);
    String, text => Self::Text(Some(text));
    flux_recorder::Digest, digest => Self::Bytes(digest.0.to_vec());
    Vec<u8>, bytes => Self::Bytes(bytes);
}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Statement {
    dialect: Dialect,
    sql: Arc<str>,
    values: Vec<Value>,
    /// Whether the connection keeps it prepared.
    kept: bool,
}

impl Statement {
    /// A statement whose text is used again and again.
    pub fn prepared(dialect: Dialect, sql: Arc<str>) -> Self {
        Self { dialect, sql, values: Vec::new(), kept: true }
    }

    /// Adds the value of the next placeholder.
    pub fn value(&mut self, value: impl Into<Value>) {
        self.values.push(self.dialect.accept(value.into()));
    }

    fn query<DB>(self) -> Query<'static, DB, DB::Arguments>
    where
        DB: sqlx::Database + HasStatementCache,
        Option<Uuid>: Encode<'static, DB> + Type<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Vec<u8>: Encode<'static, DB> + Type<DB>,
        bool: Encode<'static, DB> + Type<DB>,
    {
        let mut query = sqlx::query(AssertSqlSafe(self.sql));
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

    /// For PostgreSQL.
    pub fn postgres(self) -> Query<'static, Postgres, sqlx::postgres::PgArguments> {
        self.query()
    }
}

/// Puts a statement together.
#[derive(Debug)]
pub(super) struct Builder {
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
    pub fn push(mut self, sql: &str) -> Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a value's placeholder.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(self.dialect.accept(value.into()));
        self.sql.push_str(&self.dialect.placeholder(self.values.len()));
        self
    }

    /// Adds values in brackets, for `IN`.
    pub fn bind_list(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        let mut before = "(";
        for value in values {
            self = self.push(before).bind(value);
            before = ", ";
        }
        self.push(if before == "(" { "(NULL)" } else { ")" })
    }

    /// Puts a text before all others.
    #[cfg(test)]
    pub fn before(mut self, sql: &str) -> Self {
        self.sql.insert_str(0, sql);
        self
    }

    /// The statement. Its text depends on what was asked, so no connection keeps it prepared.
    pub fn done(self) -> Statement {
        Statement { dialect: self.dialect, sql: self.sql.into(), values: self.values, kept: false }
    }
}

/// What a statement gave.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl Row {
    /// A column.
    pub fn get<'r, T>(&'r self, index: usize) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(index),
            Self::Postgres(row) => row.try_get(index),
        }
    }
}

/// Connections to one of the databases.
#[derive(Debug, Clone)]
pub(super) enum Database {
    Sqlite(SqlitePool),
    Postgres(Arc<Server>),
}

impl Database {
    /// What it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a statement.
    pub fn sql(&self, sql: impl Into<String>) -> Builder {
        Builder::new(self.dialect(), sql)
    }

    /// All rows that a statement gives.
    pub async fn fetch(&self, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => {
                let rows = statement.query::<Sqlite>().fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(server) => {
                let rows = server.fetch(statement).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs all statements, which bring `bytes` together, or none of them.
    pub async fn run_all(
        &self,
        statements: impl Iterator<Item = Statement> + Send,
        bytes: usize,
    ) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(pool) => {
                let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                for statement in statements {
                    statement.query::<Sqlite>().execute(&mut *transaction).await?;
                }
                transaction.commit().await
            }
            Self::Postgres(server) => server.run_all(statements, bytes).await,
        }
    }

    /// Runs one statement.
    pub async fn run(&self, statement: Statement, bytes: usize) -> Result<(), sqlx::Error> {
        self.run_all(std::iter::once(statement), bytes).await
    }

    /// Closes all connections, when they are done.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(server) => server.close().await,
        }
    }
}

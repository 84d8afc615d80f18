//! The two languages.

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

impl Dialect {
    /// The text that stands for a parameter, by its number from 1.
    pub fn placeholder(self, number: usize) -> String {
        match self {
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => format!("${number}"),
        }
    }

    /// The server's time in milliseconds since the Unix epoch, as an expression. None where one process has the
    /// database, and its own clock is as good.
    ///
    /// The time is that of the statement, not of the transaction: that may be a guest's, and old. It stays the same
    /// all through the statement, so an index can be asked with it.
    pub fn server_now_ms(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS BIGINT)"),
        }
    }
}

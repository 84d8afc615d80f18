//! The words in which the two databases differ, for the tables of records.

use flux_sql::Dialect;

/// The condition that failures meet, spelt as in the index over them.
pub(super) fn failed(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "failed = 1",
        Dialect::Postgres => "failed",
    }
}

/// An execution's id as 32 hexadecimal digits in lower case.
pub(super) fn id_digits(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "lower(hex(id))",
        Dialect::Postgres => "replace(id::text, '-', '')",
    }
}

/// Asks for the number below which no row arrives any more.
pub(super) fn horizon(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "SELECT max(last, (SELECT coalesce(max(rowid), 0) FROM executions)) + 1 FROM arrivals"
        }
        Dialect::Postgres => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    }
}

/// The column that says when a row arrived, how it is read as a number, and its type.
pub(super) fn arrival(dialect: Dialect) -> (&'static str, &'static str, &'static str) {
    match dialect {
        Dialect::Sqlite => ("rowid", "rowid", "INTEGER"),
        Dialect::Postgres => ("arrived", "arrived::text::bigint", "xid8"),
    }
}

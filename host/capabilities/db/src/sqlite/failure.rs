//! What SQLite's errors mean to a guest.

use flux_host::bindings::flux::host::db::{Error, Failure};
use flux_sql::result_code::{
    self, AUTH, BUSY, CONSTRAINT, ERROR, INTERRUPT, LOCKED, MISMATCH, RANGE, SCHEMA, TOO_BIG,
};
use sqlx::error::DatabaseError;

/// The guest's error. Disks that are full, files that are gone and the like are `unavailable`.
pub(super) fn error(error: sqlx::Error) -> Error {
    let hint = flux_sql::hint("sqlite:the database's file", &error);
    match error {
        sqlx::Error::Database(error) => database(&*error, hint),
        other => Error::Unavailable(other.to_string()),
    }
}

fn database(error: &dyn DatabaseError, hint: Option<String>) -> Error {
    let message = error.message().to_owned();
    match result_code::of(error) {
        CONSTRAINT => Error::Constraint(Failure { detail: constraint(&message), message }),
        BUSY | LOCKED | SCHEMA => Error::Conflict(crate::failure(message)),
        ERROR | TOO_BIG | MISMATCH | RANGE => Error::Invalid(crate::failure(message)),
        INTERRUPT => Error::Timeout,
        AUTH => Error::Denied(message),
        _ => Error::Unavailable(match hint {
            Some(hint) => format!("{message}; hint: {hint}"),
            None => message,
        }),
    }
}

/// The constraint that SQLite names: the columns, the check's name or the index. A foreign key has none.
fn constraint(message: &str) -> Option<String> {
    let (_, name) = message.split_once(" constraint failed: ")?;
    let index = name.strip_prefix("index '").and_then(|it| it.strip_suffix('\''));
    Some(index.unwrap_or(name).to_owned())
}

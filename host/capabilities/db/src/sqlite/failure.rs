//! What SQLite's errors mean to a guest.

use flux_host::bindings::flux::host::db::{Error, Failure};
use sqlx::error::DatabaseError;

// https://www.sqlite.org/rescode.html; the low byte of a code says its kind.
const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const INTERRUPT: i32 = 9;
const SCHEMA: i32 = 17;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const AUTH: i32 = 23;
const RANGE: i32 = 25;

/// The guest's error. Disks that are full, files that are gone and the like are `unavailable`.
pub(super) fn error(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) => database(&*error),
        other => Error::Unavailable(other.to_string()),
    }
}

fn database(error: &dyn DatabaseError) -> Error {
    let message = error.message().to_owned();
    let code: i32 = error.code().and_then(|it| it.parse().ok()).unwrap_or_default();
    match code & 0xff {
        CONSTRAINT => Error::Constraint(Failure { detail: constraint(&message), message }),
        BUSY | LOCKED | SCHEMA => Error::Conflict(crate::failure(message)),
        ERROR | TOO_BIG | MISMATCH | RANGE => Error::Invalid(crate::failure(message)),
        INTERRUPT => Error::Timeout,
        AUTH => Error::Denied(message),
        _ => Error::Unavailable(message),
    }
}

/// The constraint that SQLite names: the columns, the check's name or the index. A foreign key has none.
fn constraint(message: &str) -> Option<String> {
    let (_, name) = message.split_once(" constraint failed: ")?;
    let index = name.strip_prefix("index '").and_then(|it| it.strip_suffix('\''));
    Some(index.unwrap_or(name).to_owned())
}

//! What Postgres's errors mean to a guest.

use flux_host::bindings::flux::host::db::{Error, Failure};
use sqlx::postgres::PgDatabaseError;

/// The guest's error, by the class of the error's code: appendix A of Postgres's manual.
pub(super) fn error(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) => match error.try_downcast::<PgDatabaseError>() {
            Ok(error) => database(&error),
            Err(other) => Error::Unavailable(other.message().to_owned()),
        },
        // A type that the driver cannot make out.
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::TypeNotFound { .. } => {
            crate::invalid(
                "the statement has a type that cannot be sent or read, such as a multirange; \
                 hint: write column::text, and $1::text::its_type",
            )
        }
        other => Error::Unavailable(other.to_string()),
    }
}

fn database(error: &PgDatabaseError) -> Error {
    let message = error.message().to_owned();
    let failure = || crate::failure(message.clone());
    match (error.code(), error.code().get(..2).unwrap_or_default()) {
        (_, "23") => Error::Constraint(Failure { detail: constraint(error), message }),
        // A lock that was not to be waited for; and a statement that was prepared for another schema.
        ("55P03", _) | (_, "40") => Error::Conflict(failure()),
        ("0A000", _) if stale(&message) => Error::Conflict(failure()),
        ("57014", _) => Error::Timeout,
        // A transaction of a server that only reads; a role that may not; a password that is wrong.
        ("25006" | "42501", _) | (_, "28") => Error::Denied(message),
        // More parameters than the statement has.
        ("08P01", _) => Error::Invalid(failure()),
        ("25P03" | "3D000", _) | (_, "08" | "53" | "57" | "58" | "F0" | "XX") => Error::Unavailable(message),
        _ => crate::invalid(with_hint(error)),
    }
}

/// Whether a conflict is with a change of the schema.
fn stale(message: &str) -> bool {
    message.starts_with("cached plan")
}

/// Whether a statement that was prepared for another schema may fail like that: its answer has other columns
/// (0A000), a name or an operator is not there (class 42), or a text cannot be read as the type that a parameter
/// had.
pub(super) fn may_be_outdated(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match error.code() {
        Some(code) if code == "0A000" => stale(error.message()),
        Some(code) => {
            code.starts_with("42") || ["22P02", "22P03", "22003", "22007", "22008"].contains(&&*code)
        }
        None => false,
    }
}

fn with_hint(error: &PgDatabaseError) -> String {
    let message = error.message();
    match error.hint() {
        Some(hint) => format!("{message}; hint: {hint}"),
        None if message.starts_with("no binary ") => format!("{message}; hint: select it with ::text"),
        None if error.code() == "42P18" => format!("{message}; hint: write a cast such as $1::text"),
        None => message.to_owned(),
    }
}

/// The constraint as SQLite names it, so that a guest finds the same on both: the column that may not be
/// null, the columns that must be unique, or else the constraint's own name.
fn constraint(error: &PgDatabaseError) -> Option<String> {
    let columns = match error.code() {
        "23502" => error.column().map(|it| vec![it.to_owned()]),
        "23505" => error.detail().and_then(columns),
        _ => None,
    };
    match (error.table(), columns) {
        (Some(table), Some(columns)) => {
            let columns: Vec<_> = columns.iter().map(|it| format!("{table}.{it}")).collect();
            Some(columns.join(", "))
        }
        _ => error.constraint().or(error.data_type()).map(str::to_owned),
    }
}

/// The columns in a detail such as `Key (a, "b c")=(1, 2) already exists.`, in whatever language. None if
/// there is an expression among them: then the index has no other name than its own.
fn columns(detail: &str) -> Option<Vec<String>> {
    let mut rest = detail.split_once('(')?.1;
    let mut columns = Vec::new();
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_' && it != '$')?;
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        columns.push(name);
        match after.strip_prefix(", ") {
            Some(next) => rest = next,
            None => return after.starts_with(")=").then_some(columns),
        }
    }
}

/// A quoted name, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

//! Failures that are no database's own words.

use flux_host::bindings::flux::host::db::{Error, Failure};

/// A failure that names no constraint.
pub(crate) fn failure(message: impl Into<String>) -> Failure {
    Failure { message: message.into(), detail: None }
}

/// The guest's mistake.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::Invalid(failure(message))
}

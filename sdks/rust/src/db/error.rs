//! Why a statement did not run.

use std::fmt;

/// What the database said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The database's own words.
    pub message: String,
    /// The constraint's name in [`Error::Constraint`].
    pub detail: Option<String>,
}

/// Why a statement did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// Does not parse, or names what does not exist.
    Invalid(Failure),
    /// Unique, foreign key, check or not null; the detail is the constraint's name.
    Constraint(Failure),
    /// A serialisation failure or a deadlock: safe to run again.
    Conflict(Failure),
    /// The statement ran longer than its limit.
    Timeout,
    /// The database cannot be reached.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the database is denied: {why}"),
            Self::Invalid(failure) => write!(f, "the statement is invalid: {}", failure.message),
            Self::Constraint(failure) => write!(f, "a constraint failed: {}", failure.message),
            Self::Conflict(failure) => write!(f, "a conflict: {}", failure.message),
            Self::Timeout => f.write_str("the statement ran too long"),
            Self::Unavailable(why) => write!(f, "the database is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}

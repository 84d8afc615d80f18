//! Why a bucket did not do as asked.

use std::fmt;

/// What the host, or its store, said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// The key or the value is over its limit.
    TooLarge,
    /// The store cannot be reached.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the bucket is denied: {why}"),
            Self::TooLarge => f.write_str("the key or the value is too large for the bucket"),
            Self::Unavailable(why) => write!(f, "the bucket is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}

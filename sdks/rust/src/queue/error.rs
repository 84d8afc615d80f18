//! Why a job was not sent.

use std::fmt;

/// What the host, or its queue, said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// The payload is over its limit.
    TooLarge,
    /// The queue cannot be reached.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the queue is denied: {why}"),
            Self::TooLarge => f.write_str("the payload is too large for the queue"),
            Self::Unavailable(why) => write!(f, "the queue is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}

//! Why Redis did not do what it was asked. No password is in any of it.

use std::time::Duration;

use flux_host::Hint;
use redis::RedisError;

/// Why a Redis is not ready.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is wrong. It is not repeated: it may hold a password.
    #[error("the URL of Redis cannot be used")]
    Address {
        /// Why.
        source: Failure,
    },
    /// A brace in the prefix would change which node of a cluster has a bucket.
    #[error("'{prefix}' cannot be the prefix of keys in Redis: it has a brace")]
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// It does not answer, or refuses.
    #[error("cannot connect to Redis at {address}")]
    Connect {
        /// Host and port, or the path of the socket.
        address: String,
        /// Why.
        source: Failure,
    },
}

impl Hint for OpenError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address { .. } => {
                "write redis = \"redis://[user:password@]host[:port][/database]\", or rediss:// for TLS"
                    .into()
            }
            Self::Prefix { .. } => "take the braces out of the prefix".into(),
            Self::Connect { address, .. } => {
                format!("start Redis at {address}, or change the host, user or password of redis = \"...\"")
            }
        })
    }
}

/// What Redis or the connection to it said.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Redis is there, perhaps, but says nothing.
    #[error("no answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// The text of an error, without what was sent.
    #[error("{0}")]
    Failed(String),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        // A Redis that does not know a command repeats its arguments, such as a password or a value.
        let text = error.to_string();
        let kept = text.split_once(", with args").map(|(kept, _)| kept.to_owned());
        Self::Failed(kept.unwrap_or(text))
    }
}

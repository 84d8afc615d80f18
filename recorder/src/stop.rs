//! Why a session ends its guest.

use crate::canonical::DecodeError;
use crate::event::FailureKind;
use crate::journal::AppendError;

/// Why a guest may not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// An execution that cannot be recorded does not act.
    #[error("the journal cannot be written: {0}")]
    Journal(AppendError),
    /// The replayed code asked for something that was never recorded.
    #[error("the recording has no answer: {0}")]
    Blocked(String),
    /// A limit ended it: one of its own, or in a replay the one that ended the recording here.
    #[error("{1}")]
    Limit(FailureKind, String),
    /// A recorded value is not of the type that the interface has.
    #[error("the recorded result of {function} cannot be read: {source}")]
    Recorded {
        /// The function.
        function: String,
        /// Why.
        source: DecodeError,
    },
}

//! Why nothing can be redacted.

use flux_host::Hint;

use crate::keys::KeysError;

/// flux.toml names what cannot be redacted, or there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// An entry of `[record.redact]`.
    #[error("{0}")]
    Entry(String),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl Hint for RedactionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Entry(_) => None,
            Self::Keys(error) => error.hint(),
        }
    }
}

//! Why canonical bytes cannot be read.

/// Why bytes are not the value that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ended inside a value.
    #[error("the value ends after {at} bytes")]
    Truncated {
        /// Where the input ended.
        at: usize,
    },
    /// Another kind of value stands here.
    #[error("expected {expected} at byte {at}, found tag {found}")]
    Unexpected {
        /// What the reader's type needs.
        expected: &'static str,
        /// The tag that was read.
        found: u8,
        /// Where.
        at: usize,
    },
    /// A case or field that the reader's type does not have.
    #[error("unknown name '{name}' for {expected}")]
    UnknownName {
        /// The type that was expected.
        expected: &'static str,
        /// The name that was read.
        name: String,
    },
    /// A number that does not fit, text that is not UTF-8, or a value that has another encoding.
    #[error("invalid {what} at byte {at}")]
    Invalid {
        /// What is invalid.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// More bytes than one value has.
    #[error("{count} bytes follow the value")]
    Trailing {
        /// How many.
        count: usize,
    },
}

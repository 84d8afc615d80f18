//! The error of the helpers that call the host and speak JSON.

use std::fmt;

/// Either the call failed, or the JSON did.
#[derive(Debug)]
pub enum JsonError<E> {
    /// The host refused the call.
    Call(E),
    /// The value does not fit the type, or cannot be written as JSON.
    Json(serde_json::Error),
}

impl<E> From<E> for JsonError<E> {
    fn from(error: E) -> Self {
        Self::Call(error)
    }
}

impl<E> fmt::Display for JsonError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Call(_) => "the call failed",
            Self::Json(_) => "the value and its JSON do not match",
        })
    }
}

impl<E: std::error::Error + 'static> std::error::Error for JsonError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::Call(error) => error,
            Self::Json(error) => error,
        })
    }
}

/// An error and its causes on one line, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

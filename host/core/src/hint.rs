//! What to do next, printed beside an error.

/// An error that knows its page under docs/errors/ and a way out.
pub trait Hint: std::error::Error {
    /// The stable code, such as `FLX0103`.
    fn code(&self) -> Option<&'static str> {
        None
    }

    /// The exact line to add or command to run.
    fn hint(&self) -> Option<String>;
}

//! Levels of lines.

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Every step.
    Trace,
    /// What a developer wants to see.
    Debug,
    /// What an operator wants to see.
    Info,
    /// Something that should be looked at.
    Warn,
    /// Something went wrong.
    Error,
}

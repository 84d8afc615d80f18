//! How a value is set.

use std::time::Duration;

/// When a set may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Only if the key has no value.
    Absent,
    /// Only if the value still has this version.
    Version(String),
}

/// How a value is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetOptions {
    /// Milliseconds until the value is gone; `None`: it stays.
    pub ttl_ms: Option<u64>,
    /// When the set may happen; `None`: always.
    pub only_if: Option<Condition>,
}

impl SetOptions {
    /// Always, and to stay.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value is gone after this time.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl_ms = Some(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Only if the key has no value.
    pub fn if_absent(mut self) -> Self {
        self.only_if = Some(Condition::Absent);
        self
    }

    /// Only if the value still has this version.
    pub fn if_version(mut self, version: impl Into<String>) -> Self {
        self.only_if = Some(Condition::Version(version.into()));
        self
    }
}

//! How a job is sent.

use std::time::Duration;

/// A delay, a key, attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Milliseconds before the job may run.
    pub delay_ms: Option<u64>,
    /// A second send with the same key to the same queue returns the first job's id.
    pub idempotency_key: Option<String>,
    /// How often the job is tried before it becomes a dead letter; `None`: as flux.toml says.
    pub max_attempts: Option<u32>,
}

impl Options {
    /// At once, with the queue's own limit of attempts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The job may not run before this time is over.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// A second send with the same key to the same queue returns the first job's id.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// How often the job is tried before it becomes a dead letter.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }
}

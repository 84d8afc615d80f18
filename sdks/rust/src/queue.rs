//! Durable queues. A job that was sent is run by a [`job_handler`](crate::job_handler) at least
//! once.
//!
//! ```no_run
//! use flux_sdk::queue;
//! use std::time::Duration;
//!
//! fn remind(order: &str) -> Result<String, queue::Error> {
//!     queue::Options::new()
//!         .delay(Duration::from_secs(3600))
//!         .idempotency_key(order)
//!         .send("reminders", order)
//! }
//! ```

use crate::JsonError;
use crate::bindings::flux::host::queue as host;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Why a job was not sent.
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

/// How a job is sent.
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

    /// Sends bytes and returns the job's id.
    pub fn send(&self, queue: &str, payload: impl AsRef<[u8]>) -> Result<String, Error> {
        host::send(queue, payload.as_ref(), self)
    }

    /// Sends a value as JSON and returns the job's id.
    pub fn send_json<T>(&self, queue: &str, value: &T) -> Result<String, JsonError<Error>>
    where
        T: Serialize + ?Sized,
    {
        let payload = serde_json::to_vec(value).map_err(JsonError::Json)?;
        self.send(queue, payload).map_err(JsonError::Call)
    }
}

/// Sends bytes to be run as soon as possible, and returns the job's id.
pub fn send(queue: &str, payload: impl AsRef<[u8]>) -> Result<String, Error> {
    Options::new().send(queue, payload)
}

/// Sends a value as JSON to be run as soon as possible, and returns the job's id.
pub fn send_json<T>(queue: &str, value: &T) -> Result<String, JsonError<Error>>
where
    T: Serialize + ?Sized,
{
    Options::new().send_json(queue, value)
}

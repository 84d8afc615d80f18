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

mod error;
mod options;

use crate::JsonError;
use crate::bindings::flux::host::queue as host;
use serde::Serialize;

pub use error::Error;
pub use options::Options;

impl Options {
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

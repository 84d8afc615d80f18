//! Jobs of queues, and what becomes of one that failed.
//!
//! ```no_run
//! use flux_sdk::jobs::{Failure, Job};
//!
//! #[flux_sdk::job_handler]
//! fn run(job: Job) -> Result<(), Failure> {
//!     let order: String = job.json()?;
//!     if job.attempt == 1 {
//!         return Err(Failure::retry(format!("{order} is not ready")));
//!     }
//!     Ok(())
//! }
//! # fn main() {}
//! ```

use crate::json::chain;
use serde::de::DeserializeOwned;

/// A job to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The id that sending it returned.
    pub id: String,
    /// The queue it was sent to.
    pub queue: String,
    /// What was sent.
    pub payload: Vec<u8>,
    /// 1 for the first try.
    pub attempt: u32,
}

impl Job {
    /// The payload as JSON. One that does not fit the type is discarded: it never will.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.payload)
            .map_err(|error| Failure::Discard(format!("the payload is not as expected: {error}")))
    }
}

/// Why a job was not done. Every error becomes a [`Retry`](Failure::Retry) with `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Run it again later, with backoff, until the attempts are used up.
    Retry(String),
    /// Never run it again: it becomes a dead letter.
    Discard(String),
}

impl Failure {
    /// Run it again later.
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry(why.into())
    }

    /// Never run it again.
    pub fn discard(why: impl Into<String>) -> Self {
        Self::Discard(why.into())
    }
}

// Failure is no std::error::Error, or this conversion would overlap with the one of a type to
// itself.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Retry(chain(&error))
    }
}

/// What a job handler may return.
pub trait IntoOutcome {
    /// Makes it the answer to the host.
    fn into_outcome(self) -> Result<(), Failure>;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<E: Into<Failure>> IntoOutcome for Result<(), E> {
    fn into_outcome(self) -> Result<(), Failure> {
        self.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Job};

    #[test]
    fn a_payload_that_never_fits_is_discarded() {
        let job = Job { id: "1".into(), queue: "q".into(), payload: b"{".to_vec(), attempt: 1 };
        assert!(matches!(job.json::<String>(), Err(Failure::Discard(_))));
    }

    #[test]
    fn an_error_asks_for_a_retry_with_its_causes() {
        let error = crate::JsonError::Call(crate::queue::Error::TooLarge);
        let text = "the call failed: the payload is too large for the queue";
        assert_eq!(Failure::from(error), Failure::retry(text));
    }
}

//! A queue that answers by its name. Jobs are sent only: nobody runs them.

use flux_cap_queue::{
    Attempt, Backend, ClaimedJob, Counts, Inspect, JobDetails, JobState, JobSummary, Listing, NewJob,
    QueueFuture, Settlement, Tended,
};
use flux_host::bindings::flux::host::queue::Error;

use super::TEXT;

/// See the [module](self).
pub struct Scripted;

fn send(job: &NewJob) -> Result<String, Error> {
    match job.queue.as_str() {
        "empty" => Ok(String::new()),
        "denied" => Err(Error::Denied(TEXT.to_owned())),
        "too-large" => Err(Error::TooLarge),
        "unavailable" => Err(Error::Unavailable("later".to_owned())),
        queue => Ok(format!("{queue}: {} bytes", job.payload.len())),
    }
}

/// The answer to all that is not scripted.
fn nothing<'a, T>() -> QueueFuture<'a, T> {
    Box::pin(async { Err(Error::Unavailable("only sends are scripted".to_owned())) })
}

impl Backend for Scripted {
    fn send(&self, job: NewJob) -> QueueFuture<'_, String> {
        Box::pin(async move { send(&job) })
    }

    fn claim<'a>(&'a self, _: &'a str, _: u64) -> QueueFuture<'a, Option<ClaimedJob>> {
        nothing()
    }

    fn extend<'a>(&'a self, _: Attempt<'a>, _: u64) -> QueueFuture<'a, bool> {
        nothing()
    }

    fn settle<'a>(&'a self, _: Attempt<'a>, _: Settlement, _: u64) -> QueueFuture<'a, bool> {
        nothing()
    }

    fn tend<'a>(&'a self, _: &'a str, _: u64) -> QueueFuture<'a, Tended> {
        nothing()
    }
}

impl Inspect for Scripted {
    fn counts<'a>(&'a self, _: &'a str, _: u64) -> QueueFuture<'a, Counts> {
        nothing()
    }

    fn list<'a>(&'a self, _: &'a str, _: &'a Listing, _: u64) -> QueueFuture<'a, Vec<JobSummary>> {
        nothing()
    }

    fn show<'a>(&'a self, _: &'a str, _: &'a str, _: u64) -> QueueFuture<'a, Option<JobDetails>> {
        nothing()
    }

    fn retry<'a>(&'a self, _: &'a str, _: Option<&'a str>, _: u64) -> QueueFuture<'a, u64> {
        nothing()
    }

    fn purge<'a>(&'a self, _: &'a str, _: Option<JobState>, _: u64) -> QueueFuture<'a, u64> {
        nothing()
    }
}

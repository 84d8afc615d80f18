//! An operator's questions and orders, by the label of a queue.

use flux_host::Transactions;
use flux_host::bindings::flux::host::queue::{Error, Options};

use crate::inspect::{Counts, JobDetails, JobState, JobSummary, Listing};
use crate::queues::Queues;

/// [`Inspect`](crate::Inspect) by label, now.
impl Queues {
    /// How many jobs the queue has.
    pub async fn counts(&self, label: &str) -> Result<Counts, Error> {
        self.backend(label)?.counts(label, self.now_ms()).await
    }

    /// Some of its jobs.
    pub async fn list(&self, label: &str, listing: &Listing) -> Result<Vec<JobSummary>, Error> {
        self.backend(label)?.list(label, listing, self.now_ms()).await
    }

    /// One job.
    pub async fn show(&self, label: &str, id: &str) -> Result<Option<JobDetails>, Error> {
        self.backend(label)?.show(label, id, self.now_ms()).await
    }

    /// Sends a job, in no transaction, and returns its id.
    pub async fn enqueue(&self, label: &str, payload: Vec<u8>, options: Options) -> Result<String, Error> {
        self.send(&mut Transactions::default(), label, payload, options).await
    }

    /// Makes a dead letter ready, or all of them, and returns how many.
    pub async fn retry(&self, label: &str, id: Option<&str>) -> Result<u64, Error> {
        let retried = self.backend(label)?.retry(label, id, self.now_ms()).await?;
        self.sent(label)?.notify_one();
        Ok(retried)
    }

    /// Removes the jobs of a state, or all that do not run, and returns how many.
    pub async fn purge(&self, label: &str, state: Option<JobState>) -> Result<u64, Error> {
        self.backend(label)?.purge(label, state, self.now_ms()).await
    }
}

//! The worker's side: what the loop in `flux-server` calls.
//!
//! ```text
//! queues.recover().await?                      once, before the first claim
//! loop: queues.claim(label).await?
//!     a job: run it, extending its lease meanwhile, then settle it: Settlement::Done or queues.failed(..)
//!     none:  take queues.sent(label) and wait for it, at most until queues.tend(label) says
//! ```
//! A send between the claim and the wait is not lost: [`Notify`](tokio::sync::Notify) keeps one permit.

use std::time::Duration;

use flux_host::bindings::flux::host::queue::Error;

use crate::{Attempt, ClaimedJob, Queues, Settlement, Tended};

impl Queues {
    /// See [`Backend::recover`](crate::Backend::recover); all queues. Returns how many jobs run again.
    pub async fn recover(&self) -> Result<u64, Error> {
        let mut recovered = 0;
        for label in self.labels() {
            recovered += self.backend(label)?.recover(label, self.now_ms()).await?.ready;
        }
        Ok(recovered)
    }

    /// The next job that is due, marked as running.
    pub async fn claim(&self, label: &str) -> Result<Option<ClaimedJob>, Error> {
        self.backend(label)?.claim(label, self.now_ms()).await
    }

    /// See [`Backend::tend`](crate::Backend::tend).
    pub async fn tend(&self, label: &str) -> Result<Tended, Error> {
        self.backend(label)?.tend(label, self.now_ms()).await
    }

    /// How long until a time, such as that of [`Tended::next_ms`].
    pub fn until(&self, ms: u64) -> Duration {
        Duration::from_millis(ms.saturating_sub(self.now_ms()))
    }

    /// Begins the lease of a claimed job anew; false if it had ended.
    pub async fn extend(&self, label: &str, job: &ClaimedJob) -> Result<bool, Error> {
        self.backend(label)?.extend(attempt(label, job), self.now_ms()).await
    }

    /// Ends an attempt; false if it does not run any more.
    pub async fn settle(&self, label: &str, job: &ClaimedJob, settlement: Settlement) -> Result<bool, Error> {
        let again = matches!(settlement, Settlement::Retry { .. });
        let ended =
            self.backend(label)?.settle(attempt(label, job), settlement.bounded(), self.now_ms()).await?;
        if again {
            // The worker may sleep longer than until the retry.
            self.sent(label)?.notify_one();
        }
        Ok(ended)
    }

    /// How an attempt ends that failed and may be repeated: see [`Settlement::failed`].
    pub fn failed(&self, job: &ClaimedJob, reason: String) -> Settlement {
        let mut random = [0; 8];
        self.environment.fill(&mut random);
        let random = u64::from_le_bytes(random);
        Settlement::failed(job.attempt, job.max_attempts, reason, self.now_ms(), random)
    }
}

fn attempt<'a>(queue: &'a str, job: &'a ClaimedJob) -> Attempt<'a> {
    Attempt { queue, id: &job.id, number: job.attempt }
}

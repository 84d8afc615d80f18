//! The worker's side: what the loop in `flux-server` calls.
//!
//! ```text
//! queues.recover().await?                      once, before the first claim
//! loop: queues.claim(label).await?
//!     a job: run it, then queues.settle(.., Settlement::Done or queues.failed(..))
//!     none:  take queues.sent(label) and wait for it, at most queues.due_in(label).await?
//! ```
//! A send between the claim and the wait is not lost: [`Notify`] keeps one permit.

use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::flux::host::queue::Error;
use tokio::sync::Notify;

use crate::{ClaimedJob, Queues, Settlement};

impl Queues {
    /// The labels of all queues, in no order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// Notified whenever this process sent to the queue.
    pub fn sent(&self, label: &str) -> Result<Arc<Notify>, Error> {
        Ok(Arc::clone(&self.queue(label)?.sent))
    }

    /// See [`Backend::recover`](crate::Backend::recover); all queues, once each.
    pub async fn recover(&self) -> Result<u64, Error> {
        let mut recovered = 0;
        // Queues that share a back end share its jobs: the second time there are none left.
        for queue in self.queues.values() {
            recovered += queue.config.backend.recover(self.now_ms()).await?;
        }
        Ok(recovered)
    }

    /// The next job that is due, marked as running.
    pub async fn claim(&self, label: &str) -> Result<Option<ClaimedJob>, Error> {
        self.queue(label)?.config.backend.claim(label, self.now_ms()).await
    }

    /// How long until the next job that waits is due; none if no job waits.
    pub async fn due_in(&self, label: &str) -> Result<Option<Duration>, Error> {
        let due_ms = self.queue(label)?.config.backend.next_due(label).await?;
        Ok(due_ms.map(|due| Duration::from_millis(due.saturating_sub(self.now_ms()))))
    }

    /// Ends an attempt; false if it does not run any more.
    pub async fn settle(
        &self,
        label: &str,
        id: &str,
        attempt: u32,
        settlement: Settlement,
    ) -> Result<bool, Error> {
        self.queue(label)?.config.backend.settle(id, attempt, settlement, self.now_ms()).await
    }

    /// How an attempt ends that failed and may be repeated: see [`Settlement::failed`].
    pub fn failed(&self, attempt: u32, max_attempts: u32, reason: String) -> Settlement {
        let mut random = [0; 8];
        self.environment.fill(&mut random);
        Settlement::failed(attempt, max_attempts, reason, self.now_ms(), u64::from_le_bytes(random))
    }
}

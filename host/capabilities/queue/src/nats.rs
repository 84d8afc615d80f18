//! Queues in NATS JetStream, for one node or several; servers from 2.9.
//!
//! A queue is three streams. `<prefix>-queue-<queue>` has the jobs, one message each: those that are due
//! under `ready`, which a worker pulls and has for its lease, and those that are not under `later`, which
//! whoever pulls one hands back until it is due. `<prefix>-dead-<queue>` has the dead letters, and
//! `<prefix>-keys-<queue>` the idempotency keys. A job that moves is first published where it goes and then
//! removed where it was: a node that dies between the two leaves a job twice, never none.

mod connection;
mod failure;
mod inspect;
mod jobs;
mod keys;
mod later;
mod lock;
mod message;
mod options;
mod running;
mod streams;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{Attempt, Backend, ClaimedJob, NewJob, QueueFuture, Settlement, Tended};

pub use connection::Nats;
pub use options::NatsOptions;

impl Backend for Nats {
    fn send(&self, job: NewJob) -> QueueFuture<'_, String> {
        Box::pin(async move {
            let queue = job.queue.clone();
            self.bounded(&queue, self.insert(job)).await
        })
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Option<ClaimedJob>> {
        Box::pin(self.bounded(queue, self.take(queue, now_ms)))
    }

    fn extend<'a>(&'a self, attempt: Attempt<'a>, now_ms: u64) -> QueueFuture<'a, bool> {
        Box::pin(self.bounded(attempt.queue, self.prolong(attempt, now_ms)))
    }

    fn settle<'a>(
        &'a self,
        attempt: Attempt<'a>,
        settlement: Settlement,
        now_ms: u64,
    ) -> QueueFuture<'a, bool> {
        Box::pin(self.bounded(attempt.queue, self.end(attempt, settlement, now_ms)))
    }

    fn tend<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        Box::pin(self.bounded(queue, self.look(queue, now_ms)))
    }

    fn check<'a>(&'a self, queue: &'a str, _now_ms: u64) -> QueueFuture<'a, ()> {
        let write = async { keys::check(&self.context, &*self.streams(queue).await?).await };
        Box::pin(self.bounded(queue, write))
    }

    fn listen(&self, queue: &str, wake: &Arc<Notify>) {
        self.wakers.add(queue, wake);
    }
}

//! What becomes of a job, as messages.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{AckKind, Message};
use flux_host::bindings::flux::host::queue::Error;
use futures_util::TryStreamExt;

use super::connection::Nats;
use super::failure::failed;
use super::keys;
use super::lock::lock;
use super::message::{Meta, fits, publish};
use super::running::Running;
use super::streams::{JobStreams, token};
use crate::{Attempt, ClaimedJob, LEASE_ENDED, NewJob, Settlement, Tended};

/// How many jobs that are not due are pulled in one go.
const BATCH: usize = 64;
/// How long a job that is not due is handed back at most. The server counts nanoseconds in 64 bits, and takes a
/// delay of more than 292 years for none.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a pull waits for a job. Without, a server that gave the last job to another pull forgets to
/// answer this one.
const PULL: Duration = Duration::from_millis(50);

impl Nats {
    pub(super) async fn insert(&self, job: NewJob) -> Result<String, Error> {
        if !fits(job.payload.len(), self.client.server_info().max_payload) {
            return Err(Error::TooLarge);
        }
        let streams = self.streams(&job.queue).await?;
        let mut meta = Meta::new(&job);
        if let Some(key) = &job.idempotency_key {
            let record = keys::take(&self.context, &streams, key, &job.id, job.sent_ms).await?;
            if record.sent {
                return Ok(record.id);
            }
            meta.id = record.id;
        }
        let once = meta.id.clone();
        self.put(&streams, &job.queue, &meta, &job.payload, &once, job.sent_ms).await?;
        if let Some(key) = &job.idempotency_key {
            keys::sent(&self.context, &streams, key, &meta.id).await?;
        }
        Ok(meta.id)
    }

    /// Publishes a job where it belongs: it is due, or it is not.
    async fn put(
        &self,
        streams: &JobStreams,
        queue: &str,
        meta: &Meta,
        payload: &[u8],
        once: &str,
        now_ms: u64,
    ) -> Result<(), Error> {
        let id = token(&meta.id);
        let due = meta.due_ms <= now_ms;
        let subject = if due { streams.ready_subject(&id) } else { streams.later_subject(&id) };
        publish(&self.context, subject, meta.message(payload, once)?).await?;
        if !due {
            self.later.add(queue, &meta.id, meta.due_ms);
        }
        self.wake(queue).await;
        Ok(())
    }

    pub(super) async fn take(&self, queue: &str, now_ms: u64) -> Result<Option<ClaimedJob>, Error> {
        let streams = self.streams(queue).await?;
        if self.later.due(queue, now_ms) {
            self.promote(&streams, queue, now_ms).await?;
        }
        // What others know to be due is found by the look that follows when there is nothing.
        self.pull(&streams, queue, now_ms).await
    }

    /// The next job that is due. One that was on its last attempt when its lease ended is buried here,
    /// where the server gives it out again.
    async fn pull(
        &self,
        streams: &JobStreams,
        queue: &str,
        now_ms: u64,
    ) -> Result<Option<ClaimedJob>, Error> {
        while let Some(message) = fetch(&streams.ready, 1).await?.pop() {
            let Some(mut meta) = read(&message).await? else {
                continue;
            };
            let delivered = u32::try_from(message.info().map_err(failed)?.delivered).unwrap_or(u32::MAX);
            let attempt = meta.attempts.saturating_add(delivered);
            meta.interrupted_before(attempt, now_ms);
            if attempt > meta.max_attempts {
                tracing::warn!(queue, job = meta.id, "dead letter: {LEASE_ENDED}");
                self.bury(streams, &meta, &message).await?;
                continue;
            }
            let lease = u64::try_from(self.options.lease.as_millis()).unwrap_or(u64::MAX);
            let lease_until_ms = now_ms.saturating_add(lease);
            let claimed = ClaimedJob {
                id: meta.id.clone(),
                payload: message.payload.to_vec(),
                attempt,
                max_attempts: meta.max_attempts,
                lease_until_ms,
            };
            let running = Arc::new(Running { meta, message, attempt, lease_until_ms });
            lock(&self.running).insert(name(queue, &claimed.id), running);
            return Ok(Some(claimed));
        }
        Ok(None)
    }

    /// Makes ready what has fallen due, hands back what has not, and returns how many are ready.
    async fn promote(&self, streams: &JobStreams, queue: &str, now_ms: u64) -> Result<u64, Error> {
        let mut ready = 0;
        loop {
            let messages = fetch(&streams.later, BATCH).await?;
            let last = messages.len() < BATCH;
            for message in messages {
                let Some(meta) = read(&message).await? else {
                    continue;
                };
                if meta.due_ms > now_ms {
                    let wait = Duration::from_millis(meta.due_ms - now_ms).min(LONGEST);
                    message.ack_with(AckKind::Nak(Some(wait))).await.map_err(failed)?;
                    self.later.add(queue, &meta.id, meta.due_ms);
                    continue;
                }
                let once = format!("{}.ready.{}", meta.id, sequence(&message)?);
                let moved = meta.message(&message.payload, &once)?.expected_last_subject_sequence(0);
                publish(&self.context, streams.ready_subject(&token(&meta.id)), moved).await?;
                message.double_ack().await.map_err(failed)?;
                self.later.remove(queue, &meta.id);
                ready += 1;
            }
            if last {
                return Ok(ready);
            }
        }
    }

    pub(super) async fn prolong(&self, attempt: Attempt<'_>, now_ms: u64) -> Result<bool, Error> {
        let Some(running) = self.runs(attempt, now_ms) else {
            return Ok(false);
        };
        running.message.double_ack_with(AckKind::Progress).await.map_err(failed)?;
        let lease = u64::try_from(self.options.lease.as_millis()).unwrap_or(u64::MAX);
        let longer = Running {
            meta: running.meta.clone(),
            message: running.message.clone(),
            attempt: running.attempt,
            lease_until_ms: now_ms.saturating_add(lease),
        };
        lock(&self.running).insert(name(attempt.queue, attempt.id), Arc::new(longer));
        Ok(true)
    }

    /// What this process runs, for as long as its lease lasts.
    fn runs(&self, attempt: Attempt<'_>, now_ms: u64) -> Option<Arc<Running>> {
        let running = lock(&self.running).get(&name(attempt.queue, attempt.id)).cloned();
        running.filter(|running| running.attempt == attempt.number && now_ms < running.lease_until_ms)
    }

    pub(super) async fn end(
        &self,
        attempt: Attempt<'_>,
        settlement: Settlement,
        now_ms: u64,
    ) -> Result<bool, Error> {
        let Some(running) = self.runs(attempt, now_ms) else {
            return Ok(false);
        };
        let streams = self.streams(attempt.queue).await?;
        let Running { meta, message, .. } = &*running;
        let mut meta = meta.clone();
        match settlement {
            Settlement::Done => {
                if let Some(key) = &meta.key {
                    keys::done(&self.context, &streams, key, &meta.id, now_ms).await?;
                }
                message.double_ack().await.map_err(failed)?;
            }
            Settlement::Retry { at_ms, reason } => {
                meta.fail(attempt.number, &reason, now_ms);
                meta.due_ms = at_ms;
                let once = format!("{}.later.{}", meta.id, sequence(message)?);
                // Not to where it comes from, however soon: that message is still this one.
                let again = meta.message(&message.payload, &once)?;
                publish(&self.context, streams.later_subject(&token(&meta.id)), again).await?;
                message.double_ack().await.map_err(failed)?;
                self.later.add(attempt.queue, &meta.id, at_ms);
                self.wake(attempt.queue).await;
            }
            Settlement::Dead { reason } => {
                meta.fail(attempt.number, &reason, now_ms);
                self.bury(&streams, &meta, message).await?;
            }
        }
        lock(&self.running).remove(&name(attempt.queue, attempt.id));
        Ok(true)
    }

    async fn bury(&self, streams: &JobStreams, meta: &Meta, message: &Message) -> Result<(), Error> {
        let once = format!("{}.dead.{}", meta.id, sequence(message)?);
        let dead = meta.message(&message.payload, &once)?;
        publish(&self.context, streams.dead_subject(&token(&meta.id)), dead).await?;
        message.double_ack().await.map_err(failed)
    }

    pub(super) async fn look(&self, queue: &str, now_ms: u64) -> Result<Tended, Error> {
        let streams = self.streams(queue).await?;
        let ready = self.promote(&streams, queue, now_ms).await?;
        keys::forget(&streams, now_ms).await?;
        lock(&self.running).retain(|_, running| now_ms < running.lease_until_ms);
        // The server gives out again what is stuck: that is found by a claim, and not counted here.
        let next_ms = if ready > 0 { Some(now_ms) } else { self.later.next(queue, now_ms) };
        Ok(Tended { next_ms, ..Tended::default() })
    }
}

/// The queue ends at the first line break, and no label has one.
fn name(queue: &str, id: &str) -> String {
    format!("{queue}\n{id}")
}

fn sequence(message: &Message) -> Result<u64, Error> {
    Ok(message.info().map_err(failed)?.stream_sequence)
}

/// What is there now, or soon.
async fn fetch(consumer: &PullConsumer, most: usize) -> Result<Vec<Message>, Error> {
    let messages = consumer.fetch().max_messages(most).expires(PULL).messages().await.map_err(failed)?;
    messages.try_collect().await.map_err(failed)
}

/// A message that is no job was published by somebody else, and is thrown away.
async fn read(message: &Message) -> Result<Option<Meta>, Error> {
    let meta = Meta::read(message.headers.as_ref());
    if meta.is_none() {
        tracing::warn!(subject = %message.subject, "a message that is no job was removed from the queue");
        message.ack_with(AckKind::Term).await.map_err(failed)?;
    }
    Ok(meta)
}

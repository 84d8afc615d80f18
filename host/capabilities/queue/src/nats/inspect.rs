//! What an operator sees. JetStream lists subjects: those have the jobs' ids, and each job is then read.

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use flux_host::bindings::flux::host::queue::Error;
use futures_util::TryStreamExt;

use super::connection::Nats;
use super::failure::failed;
use super::keys;
use super::message::{Meta, publish};
use super::streams::{JobStreams, LATER, READY, token};
use crate::{Counts, Inspect, JobDetails, JobState, JobSummary, Listing, MAX_LIST, QueueFuture};

/// A job that was found.
struct Found {
    meta: Meta,
    state: JobState,
    message: StreamMessage,
}

/// Where jobs are listed, and when.
struct Look<'a> {
    streams: &'a JobStreams,
    // Up to here, messages of `ready` are given out.
    delivered: u64,
    now_ms: u64,
}

impl Nats {
    async fn count(&self, queue: &str) -> Result<Counts, Error> {
        let streams = self.streams(queue).await?;
        let all = streams.jobs.get_info().await.map_err(failed)?.state.messages;
        let ready = streams.jobs.consumer_info(READY).await.map_err(failed)?;
        let running = ready.num_ack_pending as u64;
        let dead = streams.dead.get_info().await.map_err(failed)?.state.messages;
        let keys = streams.keys.get_info().await.map_err(failed)?.state.messages;
        let delayed = all.saturating_sub(running + ready.num_pending);
        Ok(Counts { ready: ready.num_pending, delayed, running, dead, keys })
    }

    async fn look_at<'a>(&self, streams: &'a JobStreams, now_ms: u64) -> Result<Look<'a>, Error> {
        let ready = streams.jobs.consumer_info(READY).await.map_err(failed)?;
        Ok(Look { streams, delivered: ready.delivered.stream_sequence, now_ms })
    }

    async fn page(&self, queue: &str, listing: &Listing, now_ms: u64) -> Result<Vec<JobSummary>, Error> {
        let streams = self.streams(queue).await?;
        let look = self.look_at(&streams, now_ms).await?;
        let mut subjects = look.subjects(listing.state).await?;
        subjects.sort_by(|one, other| id_of(one).cmp(id_of(other)));
        if listing.newest {
            subjects.reverse();
        }
        let after = listing.after.as_deref().map(token);
        let mut jobs: Vec<JobSummary> = Vec::new();
        for subject in subjects {
            let id = id_of(&subject);
            if jobs.len() == listing.limit.min(MAX_LIST) {
                break;
            }
            if after.as_deref().is_some_and(|after| if listing.newest { id >= after } else { id <= after }) {
                continue;
            }
            let found = look.read(&subject).await?;
            let wanted = |found: &Found| listing.state.is_none_or(|state| state == found.state);
            // One that moves just now is in two places, and listed once.
            if let Some(found) = found.filter(wanted)
                && jobs.last().is_none_or(|last| last.id != found.meta.id)
            {
                jobs.push(found.summary());
            }
        }
        Ok(jobs)
    }

    async fn details(&self, queue: &str, id: &str, now_ms: u64) -> Result<Option<JobDetails>, Error> {
        let streams = self.streams(queue).await?;
        let look = self.look_at(&streams, now_ms).await?;
        let id = token(id);
        // One that moves just now is in two places: where it goes is the truth.
        for subject in [streams.dead_subject(&id), streams.later_subject(&id), streams.ready_subject(&id)] {
            if let Some(found) = look.read(&subject).await? {
                let (summary, payload) = (found.summary(), found.message.payload.to_vec());
                return Ok(Some(JobDetails { summary, payload, attempts: found.meta.failed }));
            }
        }
        Ok(None)
    }

    async fn again(&self, queue: &str, id: Option<&str>, now_ms: u64) -> Result<u64, Error> {
        let streams = self.streams(queue).await?;
        let look = self.look_at(&streams, now_ms).await?;
        let subjects = match id {
            Some(id) => vec![streams.dead_subject(&token(id))],
            None => look.subjects(Some(JobState::Dead)).await?,
        };
        let mut retried = 0;
        for subject in subjects {
            let Some(Found { mut meta, message, .. }) = look.read(&subject).await? else {
                continue;
            };
            (meta.attempts, meta.due_ms) = (0, now_ms);
            meta.failed.clear();
            let once = format!("{}.retry.{}", meta.id, message.sequence);
            let again = meta.message(&message.payload, &once)?;
            publish(&self.context, streams.ready_subject(&token(&meta.id)), again).await?;
            retried += u64::from(delete(&streams.dead, message.sequence).await?);
        }
        self.wake(queue).await;
        Ok(retried)
    }

    async fn remove(&self, queue: &str, state: Option<JobState>, now_ms: u64) -> Result<u64, Error> {
        let streams = self.streams(queue).await?;
        let look = self.look_at(&streams, now_ms).await?;
        let mut removed = 0;
        for subject in look.subjects(state).await? {
            let Some(found) = look.read(&subject).await? else {
                continue;
            };
            let wanted = state.is_none_or(|state| state == found.state);
            if !wanted || found.state == JobState::Running {
                continue;
            }
            // The key first: a key without a job would swallow what is sent with it.
            if let Some(key) = &found.meta.key {
                keys::remove(&streams, key, &found.meta.id).await?;
            }
            let stream = if found.state == JobState::Dead { &streams.dead } else { &streams.jobs };
            removed += u64::from(delete(stream, found.message.sequence).await?);
            self.later.remove(queue, &found.meta.id);
        }
        Ok(removed)
    }
}

impl Look<'_> {
    /// The subjects of jobs that may be in a state.
    async fn subjects(&self, state: Option<JobState>) -> Result<Vec<String>, Error> {
        let streams = self.streams;
        let patterns = match state {
            None => vec![
                (&streams.jobs, streams.ready_subject("*")),
                (&streams.jobs, streams.later_subject("*")),
                (&streams.dead, streams.dead_subject("*")),
            ],
            // What is due may not have been moved yet.
            Some(JobState::Ready) => {
                vec![(&streams.jobs, streams.ready_subject("*")), (&streams.jobs, streams.later_subject("*"))]
            }
            Some(JobState::Delayed) => vec![(&streams.jobs, streams.later_subject("*"))],
            Some(JobState::Running) => vec![(&streams.jobs, streams.ready_subject("*"))],
            Some(JobState::Dead) => vec![(&streams.dead, streams.dead_subject("*"))],
        };
        let mut all = Vec::new();
        for (stream, pattern) in patterns {
            let mut subjects = stream.info_with_subjects(pattern).await.map_err(failed)?;
            while let Some((subject, _)) = subjects.try_next().await.map_err(failed)? {
                all.push(subject);
            }
        }
        Ok(all)
    }

    /// The job of a subject; none, if it has gone.
    async fn read(&self, subject: &str) -> Result<Option<Found>, Error> {
        let stream = if self.is(subject, "dead") { &self.streams.dead } else { &self.streams.jobs };
        let message = match stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => message,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let Some(meta) = Meta::read(Some(&message.headers)) else {
            return Ok(None);
        };
        let state = if self.is(subject, "dead") {
            JobState::Dead
        } else if self.is(subject, LATER) {
            if meta.due_ms > self.now_ms { JobState::Delayed } else { JobState::Ready }
        } else if message.sequence <= self.delivered {
            JobState::Running
        } else {
            JobState::Ready
        };
        Ok(Some(Found { meta, state, message }))
    }

    fn is(&self, subject: &str, kind: &str) -> bool {
        let of_kind = match kind {
            LATER => self.streams.later_subject(id_of(subject)),
            _ => self.streams.dead_subject(id_of(subject)),
        };
        subject == of_kind
    }
}

impl Found {
    fn summary(&self) -> JobSummary {
        let Self { meta, state, message } = self;
        // An attempt that runs began after the message was published.
        let running = u32::from(*state == JobState::Running);
        JobSummary {
            id: meta.id.clone(),
            state: *state,
            attempt: meta.attempts + running,
            max_attempts: meta.max_attempts,
            sent_ms: meta.sent_ms,
            due_ms: meta.due_ms,
            reason: meta.failed.last().map(|failed| failed.reason.clone()),
            idempotency_key: meta.key.clone(),
            payload_bytes: message.payload.len() as u64,
        }
    }
}

/// The last part of a subject.
fn id_of(subject: &str) -> &str {
    subject.rsplit('.').next().unwrap_or(subject)
}

/// False: it was gone.
async fn delete(stream: &Stream, sequence: u64) -> Result<bool, Error> {
    match stream.delete_message(sequence).await {
        Ok(deleted) => Ok(deleted),
        Err(error) if stream.get_raw_message(sequence).await.is_err() => {
            tracing::debug!("a job was gone before it was removed: {error}");
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}

impl Inspect for Nats {
    fn counts<'a>(&'a self, queue: &'a str, _: u64) -> QueueFuture<'a, Counts> {
        Box::pin(self.bounded(queue, self.count(queue)))
    }

    fn list<'a>(
        &'a self,
        queue: &'a str,
        listing: &'a Listing,
        now_ms: u64,
    ) -> QueueFuture<'a, Vec<JobSummary>> {
        Box::pin(self.bounded(queue, self.page(queue, listing, now_ms)))
    }

    fn show<'a>(&'a self, queue: &'a str, id: &'a str, now_ms: u64) -> QueueFuture<'a, Option<JobDetails>> {
        Box::pin(self.bounded(queue, self.details(queue, id, now_ms)))
    }

    fn retry<'a>(&'a self, queue: &'a str, id: Option<&'a str>, now_ms: u64) -> QueueFuture<'a, u64> {
        Box::pin(self.again(queue, id, now_ms))
    }

    fn purge<'a>(&'a self, queue: &'a str, state: Option<JobState>, now_ms: u64) -> QueueFuture<'a, u64> {
        Box::pin(self.remove(queue, state, now_ms))
    }
}

//! A job as a message: the payload as the guest sent it, all else in one header.

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use flux_host::bindings::flux::host::queue::Error;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use crate::{FailedAttempt, LEASE_ENDED, NewJob};

const HEADER: &str = "Flux-Job";
/// What the header may grow to. A server bounds a message with its headers.
const MAX_HEADER: usize = 32 << 10;
/// How many failed attempts are kept, and what of each reason, so that they fit.
const MAX_FAILED: usize = 16;
const MAX_REASON: usize = 512;

/// A job without its payload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) id: String,
    pub(super) sent_ms: u64,
    pub(super) due_ms: u64,
    pub(super) max_attempts: u32,
    /// Those that had begun when the message was published. The server counts the others: each time it
    /// gives the message out again.
    pub(super) attempts: u32,
    pub(super) key: Option<String>,
    pub(super) failed: Vec<FailedAttempt>,
}

impl Meta {
    pub(super) fn new(job: &NewJob) -> Self {
        Self {
            id: job.id.clone(),
            sent_ms: job.sent_ms,
            due_ms: job.due_ms,
            max_attempts: job.max_attempts,
            attempts: 0,
            key: job.idempotency_key.clone(),
            failed: Vec::new(),
        }
    }

    /// None for a message that is no job.
    pub(super) fn read(headers: Option<&HeaderMap>) -> Option<Self> {
        serde_json::from_str(headers?.get(HEADER)?.as_str()).ok()
    }

    /// Takes note of the attempts that began and of which nobody reported the end.
    pub(super) fn interrupted_before(&mut self, attempt: u32, now_ms: u64) {
        let first = (self.attempts + 1).max(attempt.saturating_sub(MAX_FAILED as u32));
        for interrupted in first..attempt {
            self.fail(interrupted, LEASE_ENDED, now_ms);
        }
    }

    /// Takes note of a failure. The oldest are forgotten first.
    pub(super) fn fail(&mut self, attempt: u32, reason: &str, now_ms: u64) {
        let reason = reason[..reason.floor_char_boundary(MAX_REASON)].to_owned();
        self.failed.push(FailedAttempt { attempt, ended_ms: now_ms, reason });
        self.failed.drain(..self.failed.len().saturating_sub(MAX_FAILED));
        self.attempts = attempt;
    }

    /// The job as a message. `once` is refused if it was published under the same name a while ago.
    pub(super) fn message(&self, payload: &[u8], once: &str) -> Result<PublishMessage, Error> {
        // JSON has no line break, which would end the header.
        let header = serde_json::to_string(self).map_err(failed)?;
        let payload = payload.to_vec().into();
        Ok(PublishMessage::build().payload(payload).header(HEADER, header.as_str()).message_id(once))
    }
}

/// Whether a server takes a job with such a payload, however often it fails.
pub(super) fn fits(payload: usize, server: usize) -> bool {
    payload + MAX_HEADER <= server
}

/// Publishes, and waits until the server has stored it. None: another message was in its place.
pub(super) async fn publish(
    context: &Context,
    subject: String,
    message: PublishMessage,
) -> Result<Option<u64>, Error> {
    let sent = context.send_publish(subject, message).await.map_err(failed)?;
    match sent.await {
        Ok(stored) => Ok(Some(stored.sequence)),
        Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

//! Idempotency keys: for each a record of its job, changed only by who saw the record before.
//!
//! A record is published before its job, and says so until the job is there: whoever finds it in that
//! state publishes the job itself, under the same id, which the server refuses if it is there.

use async_nats::jetstream::Context;
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::RawMessageErrorKind;
use flux_host::bindings::flux::host::queue::Error;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::failure::failed;
use super::message::publish;
use super::streams::JobStreams;
use crate::KEY_MS;

/// How often a record that others change at the same time is tried to be changed.
const TRIES: usize = 16;
/// How many records are looked at in one go for those whose time is over.
const FORGET: usize = 256;

/// What is known of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The first job that was sent with it.
    pub(super) id: String,
    /// Its job is in the queue, or was.
    pub(super) sent: bool,
    done_ms: Option<u64>,
}

/// Makes the record of a new job, or answers with that of the job that has the key.
pub(super) async fn take(
    context: &Context,
    streams: &JobStreams,
    key: &str,
    id: &str,
    now_ms: u64,
) -> Result<Record, Error> {
    let own = Record { id: id.to_owned(), sent: false, done_ms: None };
    let mut expected = 0;
    for _ in 0..TRIES {
        if write(context, streams, key, &own, expected).await? {
            return Ok(own);
        }
        expected = match read(streams, key).await? {
            Some((record, sequence)) if record.over(now_ms) => sequence,
            Some((record, _)) => return Ok(record),
            None => 0,
        };
    }
    Err(Error::Unavailable("others send with the same idempotency key without end".to_owned()))
}

/// Takes note that the job is in the queue.
pub(super) async fn sent(context: &Context, streams: &JobStreams, key: &str, id: &str) -> Result<(), Error> {
    change(context, streams, key, id, |record| record.sent = true).await
}

/// Takes note that the job is done: its key is remembered a while.
pub(super) async fn done(
    context: &Context,
    streams: &JobStreams,
    key: &str,
    id: &str,
    now_ms: u64,
) -> Result<(), Error> {
    let end = |record: &mut Record| (record.sent, record.done_ms) = (true, Some(now_ms));
    change(context, streams, key, id, end).await
}

/// Writes a record whose time is over: no key has its subject, and it is forgotten with the next ones.
pub(super) async fn check(context: &Context, streams: &JobStreams) -> Result<(), Error> {
    let record = Record { id: String::new(), sent: true, done_ms: Some(0) };
    let payload = serde_json::to_vec(&record).map_err(failed)?;
    let message = PublishMessage::build().payload(payload.into());
    publish(context, streams.key_subject("check"), message).await.map(drop)
}

/// Forgets the key of a job that is removed.
pub(super) async fn remove(streams: &JobStreams, key: &str, id: &str) -> Result<(), Error> {
    match read(streams, key).await? {
        Some((record, sequence)) if record.id == id => {
            streams.keys.delete_message(sequence).await.map(drop).map_err(failed)
        }
        _ => Ok(()),
    }
}

/// Forgets keys whose time is over. A record that a job's end changed is behind those that were changed
/// before, so the first one whose time is not over ends the search.
pub(super) async fn forget(streams: &JobStreams, now_ms: u64) -> Result<(), Error> {
    let mut from = 1;
    for _ in 0..FORGET {
        let next =
            streams.keys.raw_message_builder().sequence(from).next_by_subject(streams.key_subject("*"));
        let Some((record, sequence)) = found(next.send().await)? else {
            return Ok(());
        };
        if record.over(now_ms) {
            streams.keys.delete_message(sequence).await.map_err(failed)?;
        } else if record.done_ms.is_some() {
            return Ok(());
        }
        from = sequence + 1;
    }
    Ok(())
}

impl Record {
    fn over(&self, now_ms: u64) -> bool {
        self.done_ms.is_some_and(|done_ms| now_ms >= done_ms.saturating_add(KEY_MS))
    }
}

/// Changes a record for as long as it is that of this job.
async fn change(
    context: &Context,
    streams: &JobStreams,
    key: &str,
    id: &str,
    how: impl Fn(&mut Record),
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let Some((mut record, sequence)) = read(streams, key).await?.filter(|(record, _)| record.id == id)
        else {
            return Ok(());
        };
        how(&mut record);
        if write(context, streams, key, &record, sequence).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable("others change the same idempotency key without end".to_owned()))
}

/// Writes a record over the one that has this number, or over none. False: there is another.
async fn write(
    context: &Context,
    streams: &JobStreams,
    key: &str,
    record: &Record,
    expected: u64,
) -> Result<bool, Error> {
    let payload = serde_json::to_vec(record).map_err(failed)?;
    let message = PublishMessage::build().payload(payload.into()).expected_last_subject_sequence(expected);
    Ok(publish(context, subject(streams, key), message).await?.is_some())
}

async fn read(streams: &JobStreams, key: &str) -> Result<Option<(Record, u64)>, Error> {
    found(streams.keys.get_last_raw_message_by_subject(&subject(streams, key)).await)
}

fn found(
    message: Result<StreamMessage, async_nats::error::Error<RawMessageErrorKind>>,
) -> Result<Option<(Record, u64)>, Error> {
    match message {
        Ok(message) => {
            let record = serde_json::from_slice(&message.payload).map_err(failed)?;
            Ok(Some((record, message.sequence)))
        }
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// A digest, because a subject is short and has few characters.
fn subject(streams: &JobStreams, key: &str) -> String {
    streams.key_subject(&hex::encode(Sha256::digest(key)))
}

//! The streams of one queue.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config, RetentionPolicy, StorageType, Stream};
use flux_host::bindings::flux::host::queue::Error;

use super::failure::failed;
use super::options::NatsOptions;

/// How long the server refuses a message that it had already. What is published twice is so because a
/// node died or an answer was lost, and it is published again after a lease at the latest.
const DUPLICATES: Duration = Duration::from_secs(600);

/// The consumers' names.
pub(super) const READY: &str = "ready";
pub(super) const LATER: &str = "later";

/// A queue's streams and what is pulled from.
pub(super) struct JobStreams {
    prefix: String,
    queue: String,
    pub(super) jobs: Stream,
    pub(super) dead: Stream,
    pub(super) keys: Stream,
    pub(super) ready: PullConsumer,
    pub(super) later: PullConsumer,
}

impl JobStreams {
    /// Finds the streams, or makes them. Several nodes may do so at once.
    pub(super) async fn make(context: &Context, options: &NatsOptions, queue: &str) -> Result<Self, Error> {
        let (prefix, queue) = (options.prefix.clone(), token(queue));
        let stream = async |kind: &str, retention| {
            let config = Config {
                name: format!("{prefix}-{kind}-{queue}"),
                subjects: vec![format!("{prefix}.{kind}.{queue}.>")],
                retention,
                storage: StorageType::File,
                num_replicas: options.replicas.max(1),
                // A job or a key is under a subject of its own: publishing it anew replaces it.
                max_messages_per_subject: 1,
                duplicate_window: DUPLICATES,
                ..Config::default()
            };
            context.get_or_create_stream(config).await.map_err(failed)
        };
        let jobs = stream("queue", RetentionPolicy::WorkQueue).await?;
        let dead = stream("dead", RetentionPolicy::Limits).await?;
        let keys = stream("keys", RetentionPolicy::Limits).await?;
        let consumer = async |name: &str| {
            let config = pull::Config {
                durable_name: Some(name.to_owned()),
                filter_subject: format!("{prefix}.queue.{queue}.{name}.*"),
                ack_policy: AckPolicy::Explicit,
                ack_wait: options.lease,
                // Attempts are bounded by the job, and jobs that run by the workers.
                max_deliver: -1,
                max_ack_pending: -1,
                ..pull::Config::default()
            };
            jobs.create_consumer(config).await.map_err(failed)
        };
        let (ready, later) = (consumer(READY).await?, consumer(LATER).await?);
        Ok(Self { prefix: options.prefix.clone(), queue: queue.clone(), jobs, dead, keys, ready, later })
    }

    /// The subject of a job that is due, or the pattern of all.
    pub(super) fn ready_subject(&self, id: &str) -> String {
        format!("{}.queue.{}.{READY}.{id}", self.prefix, self.queue)
    }

    /// The same of a job that is not.
    pub(super) fn later_subject(&self, id: &str) -> String {
        format!("{}.queue.{}.{LATER}.{id}", self.prefix, self.queue)
    }

    /// The same of a dead letter.
    pub(super) fn dead_subject(&self, id: &str) -> String {
        format!("{}.dead.{}.{id}", self.prefix, self.queue)
    }

    /// The subject of an idempotency key.
    pub(super) fn key_subject(&self, digest: &str) -> String {
        format!("{}.keys.{}.{digest}", self.prefix, self.queue)
    }
}

/// A text as one part of a subject or a stream's name, where much has a meaning. Different texts give
/// different tokens.
pub(super) fn token(text: &str) -> String {
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => token.push(char::from(byte)),
            _ => token += &format!("={byte:02x}"),
        }
    }
    token
}

//! The `queue` capability: durable queues by label, on SQLite or in memory.
//!
//! A queue that flux.toml does not name is denied, with the lines that would allow it. Back ends
//! implement [`Backend`]; the guest's side is [`View`]; the worker that runs the jobs is in
//! `flux-server` and uses the other methods of [`Queues`].

mod backoff;
mod job;
mod memory;
mod sqlite;
mod view;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;

use flux_host::bindings::flux::host::queue::{Error, Options};
use flux_host::wasm::State;
use flux_host::{Capability, Environment};
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use wasmtime::component::Linker;

pub use backoff::{MAX_BACKOFF_MS, backoff_ms};
pub use job::{ClaimedJob, NewJob, Settlement};
pub use memory::Memory;
pub use sqlite::Sqlite;
pub use view::View;

/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// The longest idempotency key, in bytes.
pub const MAX_KEY: usize = 1024;
/// The most tries that a guest may ask for; more are taken as this many, and 0 as 1.
pub const MAX_ATTEMPTS: u32 = 1000;
/// How long an idempotency key is remembered after its job was done. While the job waits or runs, and
/// as long as its dead letter is there, it is remembered anyway.
pub const KEY_MS: u64 = 24 * 60 * 60 * 1000;

/// What a back end gives.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A store of one or more queues. Times are milliseconds since the Unix epoch.
pub trait Backend: Send + Sync {
    /// Keeps a job and returns its id, or that of the job that was first sent with the same
    /// idempotency key to the same queue. When it returns, the job is durable.
    fn send(&self, job: NewJob) -> Answer<'_, String>;
    /// Marks the job that is due longest as running and counts the attempt. No job is given to two.
    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> Answer<'a, Option<ClaimedJob>>;
    /// Ends an attempt. False, and nothing changed: this attempt does not run any more.
    fn settle<'a>(
        &'a self,
        id: &'a str,
        attempt: u32,
        settlement: Settlement,
        now_ms: u64,
    ) -> Answer<'a, bool>;
    /// Makes the jobs that were running when a process died ready again and returns how many; those
    /// that were on their last attempt become dead letters, so that a job that kills its process
    /// does so `max_attempts` times and not for ever. Only the one process that owns the store may
    /// call it, before it claims anything.
    fn recover(&self, now_ms: u64) -> Answer<'_, u64>;
    /// When the next job that waits is due, which may be in the past.
    fn next_due<'a>(&'a self, queue: &'a str) -> Answer<'a, Option<u64>>;
}

/// One queue of flux.toml.
#[derive(Clone)]
pub struct QueueConfig {
    /// Where its jobs are. Queues may share one.
    pub backend: Arc<dyn Backend>,
    /// How often a job is tried if its sender does not say.
    pub max_attempts: u32,
}

impl QueueConfig {
    /// A queue on this back end, with five attempts.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, max_attempts: 5 }
    }
}

impl std::fmt::Debug for QueueConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueConfig").field("max_attempts", &self.max_attempts).finish_non_exhaustive()
    }
}

struct Queue {
    config: QueueConfig,
    // Wakes the worker at once; what another process sent is found by time alone.
    sent: Arc<Notify>,
}

/// The queues of an app.
pub struct Queues {
    queues: HashMap<String, Queue>,
    environment: Arc<dyn Environment>,
}

impl Queues {
    /// Queues by label.
    pub fn new(queues: HashMap<String, QueueConfig>, environment: Arc<dyn Environment>) -> Self {
        let queue = |config| Queue { config, sent: Arc::default() };
        let queues = queues.into_iter().map(|(label, config)| (label, queue(config))).collect();
        Self { queues, environment }
    }

    fn queue(&self, label: &str) -> Result<&Queue, Error> {
        self.queues.get(label).ok_or_else(|| {
            Error::Denied(format!(
                "queue '{label}' is not in flux.toml; hint: add [queues.{label}] with guest = \"<name>\""
            ))
        })
    }

    async fn send(&self, label: &str, payload: Vec<u8>, options: Options) -> Result<String, Error> {
        let queue = self.queue(label)?;
        let key = options.idempotency_key.as_ref();
        if payload.len() > MAX_PAYLOAD || key.is_some_and(|key| key.len() > MAX_KEY) {
            return Err(Error::TooLarge);
        }
        let sent_ms = self.now_ms();
        let job = NewJob {
            id: self.environment.id().to_string(),
            queue: label.to_owned(),
            payload,
            sent_ms,
            due_ms: sent_ms.saturating_add(options.delay_ms.unwrap_or(0)),
            max_attempts: options.max_attempts.unwrap_or(queue.config.max_attempts).clamp(1, MAX_ATTEMPTS),
            idempotency_key: options.idempotency_key,
        };
        let id = queue.config.backend.send(job).await?;
        // For a delayed job too: the worker must sleep less if it is due before the others.
        queue.sent.notify_one();
        Ok(id)
    }

    fn now_ms(&self) -> u64 {
        self.environment.now_ns() / 1_000_000
    }
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queues").field("queues", &self.queues.keys()).finish_non_exhaustive()
    }
}

impl Capability for Queues {
    type Held = ();
    const INTERFACE: &'static str = "queue";

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

//! What an operator sees of a queue and does to it: `flux queue list|show|send|retry|purge`.

use serde::{Deserialize, Serialize};

use crate::future::QueueFuture;

/// The most jobs of one list.
pub const MAX_LIST: usize = 1000;

/// Where a job is on its way. A job that is done is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It is due and waits for a worker.
    Ready,
    /// It waits for its time: its sender's delay, or the backoff.
    Delayed,
    /// An attempt runs.
    Running,
    /// It is a dead letter.
    Dead,
}

impl JobState {
    /// As lists print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Delayed => "delayed",
            Self::Running => "running",
            Self::Dead => "dead",
        }
    }
}

/// How many jobs a queue has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Jobs that are due and wait.
    pub ready: u64,
    /// Jobs that wait for their time.
    pub delayed: u64,
    /// Jobs that run.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Idempotency keys that are remembered, also of jobs that were done not long ago.
    pub keys: u64,
}

impl Counts {
    /// Jobs that no worker has.
    pub fn waiting(&self) -> u64 {
        self.ready + self.delayed
    }
}

/// Which jobs to list. They come in the order of their ids, which is that in which they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Only these.
    pub state: Option<JobState>,
    /// The newest first.
    pub newest: bool,
    /// Go on after this id.
    pub after: Option<String>,
    /// At most so many, and never more than [`MAX_LIST`].
    pub limit: usize,
}

/// A job, without its payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobSummary {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub state: JobState,
    /// How many attempts began.
    pub attempt: u32,
    /// How often it is tried.
    pub max_attempts: u32,
    /// When it was sent.
    pub sent_ms: u64,
    /// When it may run, or might have.
    pub due_ms: u64,
    /// Why its latest attempt failed.
    pub reason: Option<String>,
    /// The sender's key.
    pub idempotency_key: Option<String>,
    /// The payload's length.
    pub payload_bytes: u64,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAttempt {
    /// Which, counted from 1.
    pub attempt: u32,
    /// When it ended, or was found to have ended.
    pub ended_ms: u64,
    /// Why it failed.
    pub reason: String,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobDetails {
    /// All but the below.
    #[serde(flatten)]
    pub summary: JobSummary,
    /// What the guest sent. Not serialised: whether it is text is for the caller to see.
    #[serde(skip)]
    pub payload: Vec<u8>,
    /// The attempts that failed.
    pub attempts: Vec<FailedAttempt>,
}

/// A back end as an operator sees it.
pub trait Inspect: Send + Sync {
    /// How many jobs the queue has.
    fn counts<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Counts>;
    /// Some of its jobs.
    fn list<'a>(
        &'a self,
        queue: &'a str,
        listing: &'a Listing,
        now_ms: u64,
    ) -> QueueFuture<'a, Vec<JobSummary>>;
    /// One job.
    fn show<'a>(&'a self, queue: &'a str, id: &'a str, now_ms: u64) -> QueueFuture<'a, Option<JobDetails>>;
    /// Makes a dead letter ready, or all of the queue, and returns how many. Its attempts begin again.
    fn retry<'a>(&'a self, queue: &'a str, id: Option<&'a str>, now_ms: u64) -> QueueFuture<'a, u64>;
    /// Removes the jobs of a state, or all, with their keys, and returns how many. What runs is left
    /// alone: its worker could not settle it. Keys of jobs that were done stay, too.
    fn purge<'a>(&'a self, queue: &'a str, state: Option<JobState>, now_ms: u64) -> QueueFuture<'a, u64>;
}

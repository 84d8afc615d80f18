//! Queues and their jobs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many jobs a queue has: `flux queue list --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueCounts {
    /// The queue.
    pub queue: String,
    /// Jobs that are due and wait for a worker.
    pub ready: u64,
    /// Jobs that wait for their time.
    pub delayed: u64,
    /// Jobs that run.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Idempotency keys that are remembered.
    pub keys: u64,
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `ready`, `delayed`, `running` or `dead`.
    pub state: String,
    /// How many attempts began.
    pub attempt: u32,
    /// How often it is tried.
    pub max_attempts: u32,
    /// When it was sent.
    pub sent: String,
    /// When it may run, or might have; `never` is too late for every clock.
    pub due: String,
    /// Why its latest attempt failed.
    pub reason: Option<String>,
    /// The sender's key.
    pub idempotency_key: Option<String>,
    /// The length of its payload.
    pub payload_bytes: u64,
}

/// One job: `flux queue show --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobDetails {
    /// As in a list.
    #[serde(flatten)]
    pub job: Job,
    /// The attempts that failed.
    pub attempts: Vec<FailedAttempt>,
    /// What was sent: a text, or `{"base64": …}` where the bytes are no text.
    pub payload: Value,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedAttempt {
    /// Which, counted from 1.
    pub attempt: u32,
    /// When it ended, or was found to have ended.
    pub ended: String,
    /// Why it failed.
    pub reason: String,
}

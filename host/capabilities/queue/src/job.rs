//! What passes between the queues and their back ends.

use crate::backoff_ms;

/// A job to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// A UUID v7.
    pub id: String,
    /// The label of flux.toml.
    pub queue: String,
    /// What the guest sent.
    pub payload: Vec<u8>,
    /// When it was sent.
    pub sent_ms: u64,
    /// When it may run.
    pub due_ms: u64,
    /// How often it is tried.
    pub max_attempts: u32,
    /// See wit/queue.wit.
    pub idempotency_key: Option<String>,
}

/// A job that the claimer must run and settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Its id.
    pub id: String,
    /// What the guest sent.
    pub payload: Vec<u8>,
    /// 1 for the first try.
    pub attempt: u32,
    /// How often it is tried.
    pub max_attempts: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The job is done.
    Done,
    /// It runs again.
    Retry {
        /// When.
        at_ms: u64,
        /// Why it failed.
        reason: String,
    },
    /// It never runs again: a dead letter.
    Dead {
        /// Why.
        reason: String,
    },
}

impl Settlement {
    /// For an attempt that failed and may be repeated: a retry after the backoff, or a dead letter if
    /// it was the last attempt. `random` draws the jitter.
    pub fn failed(attempt: u32, max_attempts: u32, reason: String, now_ms: u64, random: u64) -> Self {
        if attempt >= max_attempts {
            return Self::Dead { reason };
        }
        Self::Retry { at_ms: now_ms.saturating_add(backoff_ms(attempt, random)), reason }
    }
}

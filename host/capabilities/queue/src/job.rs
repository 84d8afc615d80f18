//! What passes between the queues and their back ends.

use crate::backoff_ms;

/// What is kept of a failed attempt's reason, in bytes.
const MAX_REASON: usize = 4096;

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
    /// Until when it is the claimer's alone, unless it is extended.
    pub lease_until_ms: u64,
}

/// One attempt that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The queue.
    pub queue: &'a str,
    /// The job.
    pub id: &'a str,
    /// Which, counted from 1.
    pub number: u32,
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

    /// As it may be kept: a guest's reason is as long as it likes, and PostgreSQL keeps no NUL in a text.
    pub(crate) fn bounded(self) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Retry { at_ms, reason } => Self::Retry { at_ms, reason: bounded(&reason) },
            Self::Dead { reason } => Self::Dead { reason: bounded(&reason) },
        }
    }
}

fn bounded(reason: &str) -> String {
    let end = reason.floor_char_boundary(MAX_REASON);
    reason[..end].replace('\0', "\u{fffd}")
}

/// What a look at a queue found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tended {
    /// Jobs whose lease had ended, ready again.
    pub ready: u64,
    /// Jobs whose lease had ended on their last attempt, now dead letters.
    pub dead: u64,
    /// When there is something to do next, as far as it is known here: a job falls due or a lease ends.
    /// It may be in the past.
    pub next_ms: Option<u64>,
}

//! What this process knows of jobs that are not due yet. JetStream cannot be asked when it will give
//! back a job that was handed back, so that is kept here; what others know, they pull.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::lock::lock;

/// How much later than asked for the server may give a job back.
const LATE_MS: u64 = 50;
/// When it is given up to wait for a job: another node has it.
const GONE_MS: u64 = 5_000;

/// Jobs by queue and id, with the time they are due.
#[derive(Debug, Default)]
pub(super) struct Later(Mutex<HashMap<String, BTreeMap<String, u64>>>);

impl Later {
    pub(super) fn add(&self, queue: &str, id: &str, due_ms: u64) {
        lock(&self.0).entry(queue.to_owned()).or_default().insert(id.to_owned(), due_ms);
    }

    pub(super) fn remove(&self, queue: &str, id: &str) {
        if let Some(jobs) = lock(&self.0).get_mut(queue) {
            jobs.remove(id);
        }
    }

    /// Whether a job is due.
    pub(super) fn due(&self, queue: &str, now_ms: u64) -> bool {
        lock(&self.0).get(queue).is_some_and(|jobs| jobs.values().any(|due_ms| *due_ms <= now_ms))
    }

    /// When to look for the next: a little later than now, if one should have come already.
    pub(super) fn next(&self, queue: &str, now_ms: u64) -> Option<u64> {
        let mut later = lock(&self.0);
        let jobs = later.get_mut(queue)?;
        jobs.retain(|_, due_ms| now_ms < due_ms.saturating_add(GONE_MS));
        let next_ms = *jobs.values().min()?;
        Some(if next_ms <= now_ms { now_ms.saturating_add(LATE_MS) } else { next_ms })
    }
}

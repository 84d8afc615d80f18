//! What an operator sees.

use super::{Kept, Memory, Phase, answer};
use crate::{Counts, Inspect, JobDetails, JobState, JobSummary, Listing, MAX_LIST, QueueFuture};

impl Kept {
    /// None for a job that is done.
    fn state(&self, now_ms: u64) -> Option<JobState> {
        match self.phase {
            Phase::Ready if self.job.due_ms > now_ms => Some(JobState::Delayed),
            Phase::Ready => Some(JobState::Ready),
            Phase::Running { .. } => Some(JobState::Running),
            Phase::Dead => Some(JobState::Dead),
            Phase::Done { .. } => None,
        }
    }

    fn summary(&self, now_ms: u64) -> Option<JobSummary> {
        Some(JobSummary {
            id: self.job.id.clone(),
            state: self.state(now_ms)?,
            attempt: self.attempt,
            max_attempts: self.job.max_attempts,
            sent_ms: self.job.sent_ms,
            due_ms: self.job.due_ms,
            reason: self.failed.last().map(|failed| failed.reason.clone()),
            idempotency_key: self.job.idempotency_key.clone(),
            payload_bytes: self.job.payload.len() as u64,
        })
    }

    fn goes(&self, queue: &str, state: Option<JobState>, now_ms: u64) -> bool {
        let own = self.state(now_ms).filter(|own| self.job.queue == queue && *own != JobState::Running);
        own.is_some_and(|own| state.is_none_or(|state| state == own))
    }
}

impl Inspect for Memory {
    fn counts<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Counts> {
        let mut counts = Counts::default();
        for kept in self.lock().of(queue) {
            counts.keys += u64::from(kept.job.idempotency_key.is_some());
            match kept.state(now_ms) {
                Some(JobState::Ready) => counts.ready += 1,
                Some(JobState::Delayed) => counts.delayed += 1,
                Some(JobState::Running) => counts.running += 1,
                Some(JobState::Dead) => counts.dead += 1,
                None => {}
            }
        }
        answer(counts)
    }

    fn list<'a>(
        &'a self,
        queue: &'a str,
        listing: &'a Listing,
        now_ms: u64,
    ) -> QueueFuture<'a, Vec<JobSummary>> {
        let mut all: Vec<_> = self.lock().of(queue).filter_map(|kept| kept.summary(now_ms)).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        if listing.newest {
            all.reverse();
        }
        let follows = |id: &String| match &listing.after {
            None => true,
            Some(after) if listing.newest => id < after,
            Some(after) => id > after,
        };
        all.retain(|job| listing.state.is_none_or(|state| state == job.state) && follows(&job.id));
        all.truncate(listing.limit.min(MAX_LIST));
        answer(all)
    }

    fn show<'a>(&'a self, queue: &'a str, id: &'a str, now_ms: u64) -> QueueFuture<'a, Option<JobDetails>> {
        let mut jobs = self.lock();
        let found = jobs.of(queue).find(|kept| kept.job.id == id).and_then(|kept| {
            let (payload, attempts) = (kept.job.payload.clone(), kept.failed.clone());
            Some(JobDetails { summary: kept.summary(now_ms)?, payload, attempts })
        });
        drop(jobs);
        answer(found)
    }

    fn retry<'a>(&'a self, queue: &'a str, id: Option<&'a str>, now_ms: u64) -> QueueFuture<'a, u64> {
        let mut retried = 0;
        for kept in self.lock().of(queue) {
            if kept.phase == Phase::Dead && id.is_none_or(|id| id == kept.job.id) {
                (kept.phase, kept.attempt, kept.job.due_ms) = (Phase::Ready, 0, now_ms);
                kept.failed.clear();
                retried += 1;
            }
        }
        answer(retried)
    }

    fn purge<'a>(&'a self, queue: &'a str, state: Option<JobState>, now_ms: u64) -> QueueFuture<'a, u64> {
        let mut jobs = self.lock();
        let before = jobs.kept.len();
        jobs.kept.retain(|_, kept| !kept.goes(queue, state, now_ms));
        answer((before - jobs.kept.len()) as u64)
    }
}

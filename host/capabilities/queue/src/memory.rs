//! Queues in memory: for tests, benches and trying things out. Nothing outlives the process, and
//! reasons are not kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Answer, Backend, ClaimedJob, KEY_MS, NewJob, Settlement};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Ready,
    Running,
    Done { at_ms: u64 },
    Dead,
}

#[derive(Debug)]
struct Kept {
    job: NewJob,
    attempt: u32,
    phase: Phase,
}

#[derive(Debug, Default)]
struct Jobs {
    // In the order in which they were sent.
    kept: BTreeMap<u64, Kept>,
    next: u64,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Memory(Mutex<Jobs>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn forget_keys(&mut self, now_ms: u64) {
        self.kept.retain(|_, kept| match kept.phase {
            Phase::Done { at_ms } => {
                kept.job.idempotency_key.is_some() && now_ms < at_ms.saturating_add(KEY_MS)
            }
            _ => true,
        });
    }

    fn send(&mut self, job: NewJob) -> String {
        self.forget_keys(job.sent_ms);
        let same =
            |kept: &&Kept| kept.job.queue == job.queue && kept.job.idempotency_key == job.idempotency_key;
        if job.idempotency_key.is_some()
            && let Some(first) = self.kept.values().find(same)
        {
            return first.job.id.clone();
        }
        let id = job.id.clone();
        self.kept.insert(self.next, Kept { job, attempt: 0, phase: Phase::Ready });
        self.next += 1;
        id
    }

    fn ready<'a>(&'a mut self, queue: &'a str) -> impl Iterator<Item = &'a mut Kept> {
        self.kept.values_mut().filter(move |kept| kept.phase == Phase::Ready && kept.job.queue == queue)
    }

    fn claim(&mut self, queue: &str, now_ms: u64) -> Option<ClaimedJob> {
        // The first of several that are due at the same time: min_by_key keeps the order.
        let due = self.ready(queue).filter(|kept| kept.job.due_ms <= now_ms);
        let kept = due.min_by_key(|kept| kept.job.due_ms)?;
        kept.phase = Phase::Running;
        kept.attempt += 1;
        let (id, payload) = (kept.job.id.clone(), kept.job.payload.clone());
        Some(ClaimedJob { id, payload, attempt: kept.attempt, max_attempts: kept.job.max_attempts })
    }

    fn settle(&mut self, id: &str, attempt: u32, settlement: Settlement, now_ms: u64) -> bool {
        let runs =
            |kept: &&mut Kept| kept.job.id == id && kept.attempt == attempt && kept.phase == Phase::Running;
        let Some(kept) = self.kept.values_mut().find(runs) else {
            return false;
        };
        match settlement {
            Settlement::Done => kept.phase = Phase::Done { at_ms: now_ms },
            Settlement::Retry { at_ms, .. } => {
                kept.phase = Phase::Ready;
                kept.job.due_ms = at_ms;
            }
            Settlement::Dead { .. } => kept.phase = Phase::Dead,
        }
        self.forget_keys(now_ms);
        true
    }

    fn recover(&mut self) -> u64 {
        let mut recovered = 0;
        for kept in self.kept.values_mut().filter(|kept| kept.phase == Phase::Running) {
            let last = kept.attempt >= kept.job.max_attempts;
            kept.phase = if last { Phase::Dead } else { Phase::Ready };
            recovered += u64::from(!last);
        }
        recovered
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Backend for Memory {
    fn send(&self, job: NewJob) -> Answer<'_, String> {
        answer(self.lock().send(job))
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> Answer<'a, Option<ClaimedJob>> {
        answer(self.lock().claim(queue, now_ms))
    }

    fn settle<'a>(
        &'a self,
        id: &'a str,
        attempt: u32,
        settlement: Settlement,
        now_ms: u64,
    ) -> Answer<'a, bool> {
        answer(self.lock().settle(id, attempt, settlement, now_ms))
    }

    fn recover(&self, _: u64) -> Answer<'_, u64> {
        answer(self.lock().recover())
    }

    fn next_due<'a>(&'a self, queue: &'a str) -> Answer<'a, Option<u64>> {
        answer(self.lock().ready(queue).map(|kept| kept.job.due_ms).min())
    }
}

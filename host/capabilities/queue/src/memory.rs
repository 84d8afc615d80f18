//! Queues in memory: for tests, benches and trying things out. Nothing outlives the process.

mod inspect;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    AHEAD_MS, Attempt, Backend, ClaimedJob, FailedAttempt, INTERRUPTED, KEY_MS, LEASE_ENDED, LEASE_MS,
    NewJob, QueueFuture, Schedules, Settlement, Tended,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Ready,
    Running { until_ms: u64 },
    Done { at_ms: u64 },
    Dead,
}

#[derive(Debug)]
struct Kept {
    job: NewJob,
    attempt: u32,
    failed: Vec<FailedAttempt>,
    phase: Phase,
}

#[derive(Debug, Default)]
struct Schedule {
    first_ms: u64,
    last_ms: Option<u64>,
}

#[derive(Debug, Default)]
struct Jobs {
    // In the order in which they were sent.
    kept: BTreeMap<u64, Kept>,
    next: u64,
    schedules: HashMap<String, Schedule>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Memory(Mutex<Jobs>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn fail(&mut self, reason: String, now_ms: u64) {
        self.failed.push(FailedAttempt { attempt: self.attempt, ended_ms: now_ms, reason });
    }
}

impl Jobs {
    fn of<'a>(&'a mut self, queue: &'a str) -> impl Iterator<Item = &'a mut Kept> {
        self.kept.values_mut().filter(move |kept| kept.job.queue == queue)
    }

    fn runs(&mut self, attempt: Attempt<'_>) -> Option<&mut Kept> {
        self.kept.values_mut().find(|kept| {
            let running = matches!(kept.phase, Phase::Running { .. }) && kept.attempt == attempt.number;
            running && kept.job.queue == attempt.queue && kept.job.id == attempt.id
        })
    }

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
        self.kept.insert(self.next, Kept { job, attempt: 0, failed: Vec::new(), phase: Phase::Ready });
        self.next += 1;
        id
    }

    fn claim(&mut self, queue: &str, now_ms: u64) -> Option<ClaimedJob> {
        // The first of several that are due at the same time: min_by_key keeps the order.
        let due = self.of(queue).filter(|kept| kept.phase == Phase::Ready && kept.job.due_ms <= now_ms);
        let kept = due.min_by_key(|kept| kept.job.due_ms)?;
        let until_ms = now_ms.saturating_add(LEASE_MS);
        kept.phase = Phase::Running { until_ms };
        kept.attempt += 1;
        Some(ClaimedJob {
            id: kept.job.id.clone(),
            payload: kept.job.payload.clone(),
            attempt: kept.attempt,
            max_attempts: kept.job.max_attempts,
            lease_until_ms: until_ms,
        })
    }

    fn extend(&mut self, attempt: Attempt<'_>, now_ms: u64) -> bool {
        let until_ms = now_ms.saturating_add(LEASE_MS);
        self.runs(attempt).map(|kept| kept.phase = Phase::Running { until_ms }).is_some()
    }

    fn settle(&mut self, attempt: Attempt<'_>, settlement: Settlement, now_ms: u64) -> bool {
        let Some(kept) = self.runs(attempt) else {
            return false;
        };
        match settlement {
            Settlement::Done => kept.phase = Phase::Done { at_ms: now_ms },
            Settlement::Retry { at_ms, reason } => {
                kept.fail(reason, now_ms);
                kept.phase = Phase::Ready;
                kept.job.due_ms = at_ms;
            }
            Settlement::Dead { reason } => {
                kept.fail(reason, now_ms);
                kept.phase = Phase::Dead;
            }
        }
        self.forget_keys(now_ms);
        true
    }

    /// Takes back what runs on a lease that ended by `cutoff_ms`.
    fn take_back(&mut self, queue: &str, cutoff_ms: u64, reason: &str, now_ms: u64) -> Tended {
        let mut tended = Tended::default();
        for kept in self.of(queue) {
            if !matches!(kept.phase, Phase::Running { until_ms } if until_ms <= cutoff_ms) {
                continue;
            }
            kept.fail(reason.to_owned(), now_ms);
            let last = kept.attempt >= kept.job.max_attempts;
            kept.phase = if last { Phase::Dead } else { Phase::Ready };
            *(if last { &mut tended.dead } else { &mut tended.ready }) += 1;
        }
        let next = self.of(queue).filter_map(|kept| match kept.phase {
            Phase::Ready => Some(kept.job.due_ms),
            Phase::Running { until_ms } => Some(until_ms),
            Phase::Done { .. } | Phase::Dead => None,
        });
        tended.next_ms = next.min();
        tended
    }

    fn tick(&mut self, name: &str, at_ms: u64, job: NewJob) -> bool {
        let new = Schedule { first_ms: at_ms, last_ms: None };
        let schedule = self.schedules.entry(name.to_owned()).or_insert(new);
        let ahead = job.sent_ms.saturating_add(AHEAD_MS);
        if schedule.last_ms.is_some_and(|last| last >= at_ms && last <= ahead) {
            return false;
        }
        schedule.last_ms = Some(at_ms);
        self.send(job);
        true
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> QueueFuture<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Backend for Memory {
    fn send(&self, job: NewJob) -> QueueFuture<'_, String> {
        answer(self.lock().send(job))
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Option<ClaimedJob>> {
        answer(self.lock().claim(queue, now_ms))
    }

    fn extend<'a>(&'a self, attempt: Attempt<'a>, now_ms: u64) -> QueueFuture<'a, bool> {
        answer(self.lock().extend(attempt, now_ms))
    }

    fn settle<'a>(
        &'a self,
        attempt: Attempt<'a>,
        settlement: Settlement,
        now_ms: u64,
    ) -> QueueFuture<'a, bool> {
        answer(self.lock().settle(attempt, settlement, now_ms))
    }

    fn tend<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        let mut jobs = self.lock();
        jobs.forget_keys(now_ms);
        answer(jobs.take_back(queue, now_ms, LEASE_ENDED, now_ms))
    }

    fn recover<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        answer(self.lock().take_back(queue, u64::MAX, INTERRUPTED, now_ms))
    }

    fn schedules(&self) -> Option<&dyn Schedules> {
        Some(self)
    }
}

impl Schedules for Memory {
    fn clock(&self, now_ms: u64) -> QueueFuture<'_, u64> {
        answer(now_ms)
    }

    fn first<'a>(&'a self, name: &'a str, now_ms: u64) -> QueueFuture<'a, u64> {
        let new = Schedule { first_ms: now_ms, last_ms: None };
        answer(self.lock().schedules.entry(name.to_owned()).or_insert(new).first_ms)
    }

    fn last<'a>(&'a self, name: &'a str) -> QueueFuture<'a, Option<u64>> {
        answer(self.lock().schedules.get(name).and_then(|schedule| schedule.last_ms))
    }

    fn tick<'a>(&'a self, name: &'a str, at_ms: u64, job: NewJob) -> QueueFuture<'a, bool> {
        answer(self.lock().tick(name, at_ms, job))
    }

    fn miss<'a>(&'a self, jobs: Vec<NewJob>, reason: &'a str) -> QueueFuture<'a, ()> {
        let mut all = self.lock();
        for job in jobs {
            let id = job.id.clone();
            let now_ms = job.sent_ms;
            if all.send(job) == id
                && let Some(kept) = all.kept.values_mut().find(|kept| kept.job.id == id)
            {
                kept.fail(reason.to_owned(), now_ms);
                kept.phase = Phase::Dead;
            }
        }
        answer(())
    }
}

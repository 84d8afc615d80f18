//! The job trigger: a worker per queue, those of schedules included.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::{ClaimedJob, QueueSection, Queues, Settlement, Tended, cron_queue, reason};
use flux_host::bindings::exports::flux::host::job_handler::{Failure, Job};
use flux_host::{Input, Output, count};
use flux_recorder::{FailureKind, Outcome};
use flux_runtime::Finished;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::trigger::{Running, Trigger, Triggers};
use crate::gateway::{Gateway, Kind};

/// How long a worker waits after its back end failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often a worker looks for stuck jobs, and for those it was not told of.
const LOOK: Duration = Duration::from_secs(5);
/// A lease is extended when a third of it is over, so that two answers may be lost.
const BEATS: u32 = 3;
/// A claim that was answered late leaves little of the lease.
const SHORTEST_BEAT: Duration = Duration::from_millis(100);
/// How often it is tried to settle a job once the process is to end: what fails to settle runs a second time.
const SETTLE: u32 = 10;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often an attempt begins anew because the host failed. Then it counts: the job itself may be the cause.
const HOST_FAULTS: u32 = 10;

/// Runs the jobs of all queues of flux.toml.
struct JobTrigger {
    queues: Arc<Queues>,
    workers: Vec<Worker>,
}

pub(super) fn register(triggers: &mut Triggers, gateway: &Gateway) {
    if let Some(queues) = gateway.app().capabilities().get::<Queues>() {
        let workers = workers(gateway, &queues);
        triggers.add(JobTrigger { queues, workers });
    }
}

impl Trigger for JobTrigger {
    fn run(self: Box<Self>, stop: CancellationToken) -> Running {
        Box::pin(async move {
            match recover(&self.queues, &stop).await {
                0 => {}
                jobs => tracing::warn!("Re-running {} interrupted by the last shutdown.", count(jobs, "job")),
            }
            let mut running = JoinSet::new();
            for worker in self.workers {
                running.spawn(Arc::new(worker).run(stop.clone()));
            }
            while running.join_next().await.is_some() {}
            Ok(())
        })
    }
}

/// Takes back what the process before left running; how many jobs that are. Tried until it works: nothing may be
/// claimed before.
async fn recover(queues: &Queues, stop: &CancellationToken) -> u64 {
    while !stop.is_cancelled() {
        match queues.recover().await {
            Ok(recovered) => return recovered,
            Err(error) => tracing::error!("cannot look for interrupted jobs yet: {}", reason(error)),
        }
        pause(AFTER_FAILURE, stop).await;
    }
    0
}

/// The workers of an app.
fn workers(gateway: &Gateway, queues: &Arc<Queues>) -> Vec<Worker> {
    let Some(section) = gateway.app().project().config.section::<QueueSection>() else { return Vec::new() };
    let worker = |label: String, name: &str, guest: &str, permits: usize, input| {
        let (name, guest) = (name.to_owned(), guest.to_owned());
        let permits = Arc::new(Semaphore::new(permits.max(1)));
        Worker { gateway: gateway.clone(), queues: queues.clone(), label, name, guest, permits, input }
    };
    let jobs = section.queues.iter().map(|(label, queue)| {
        worker(label.clone(), label, &queue.guest, queue.concurrency, Input::Job as fn(Job) -> Input)
    });
    // Runs of a schedule do not overlap on a node.
    let runs =
        section.cron.iter().map(|(name, cron)| worker(cron_queue(name), name, &cron.guest, 1, Input::Cron));
    jobs.chain(runs).collect()
}

/// Runs the jobs of one queue with one guest.
struct Worker {
    gateway: Gateway,
    queues: Arc<Queues>,
    label: String,
    // In the records: the queue, or the schedule whose queue it is.
    name: String,
    guest: String,
    permits: Arc<Semaphore>,
    input: fn(Job) -> Input,
}

impl Worker {
    /// Runs until `stop`, then until the jobs that it began have ended.
    async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running = JoinSet::new();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failures = 0;
        while !stop.is_cancelled() {
            // A permit first: a job that is claimed runs at once.
            let permit = tokio::select! {
                () = stop.cancelled() => break,
                // Also while all permits are taken: other nodes may have some.
                _ = look.tick() => {
                    self.tend().await;
                    continue;
                }
                permit = self.permits.clone().acquire_owned() => permit,
            };
            match self.queues.claim(&self.label).await {
                Ok(Some(job)) => {
                    failures = 0;
                    let (worker, stop) = (self.clone(), stop.clone());
                    running.spawn(async move {
                        worker.work(job, &stop).await;
                        drop(permit);
                    });
                }
                Ok(None) => {
                    failures = 0;
                    self.wait(&stop).await;
                }
                Err(error) => {
                    failures += 1;
                    tracing::error!(queue = self.label, "cannot claim a job: {}", reason(error));
                    pause((AFTER_FAILURE * failures).min(LONGEST_PAUSE), &stop).await;
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    /// Until a job is sent or due.
    async fn wait(&self, stop: &CancellationToken) {
        let next = self.tend().await.and_then(|tended| tended.next_ms);
        let next = next.map_or(LOOK, |next_ms| self.queues.until(next_ms).min(LOOK));
        let Ok(sent) = self.queues.sent(&self.label) else {
            return;
        };
        tokio::select! {
            () = sent.notified() => {}
            () = pause(next, stop) => {}
        }
    }

    /// Has stuck jobs taken back.
    async fn tend(&self) -> Option<Tended> {
        match self.queues.tend(&self.label).await {
            Ok(tended) => {
                let Tended { ready, dead, .. } = tended;
                if ready + dead > 0 {
                    let queue = &self.label;
                    tracing::warn!(
                        queue,
                        "the leases of jobs ended: {ready} run again, {dead} are dead letters"
                    );
                }
                Some(tended)
            }
            Err(error) => {
                tracing::error!(queue = self.label, "cannot look for stuck jobs: {}", reason(error));
                None
            }
        }
    }

    async fn work(&self, job: ClaimedJob, stop: &CancellationToken) {
        let _underway = self.gateway.enter(Kind::Job);
        let run = async {
            let settlement = self.settlement(&job, stop).await;
            self.report(&job, &settlement);
            self.settle(&job, settlement, stop).await;
        };
        tokio::select! {
            () = run => {}
            never = self.keep(&job) => match never {},
        }
    }

    /// What becomes of a job that was not done.
    fn report(&self, job: &ClaimedJob, settlement: &Settlement) {
        let ClaimedJob { id, attempt, max_attempts, .. } = job;
        match settlement {
            Settlement::Done => {}
            Settlement::Retry { at_ms, reason } => {
                let wait = self.queues.until(*at_ms).as_secs_f64();
                tracing::warn!(
                    queue = self.label,
                    job = id,
                    "attempt {attempt} of {max_attempts} failed, the next one begins in {wait:.1} s: {reason}"
                );
            }
            Settlement::Dead { reason } => tracing::warn!(
                queue = self.label,
                job = id,
                hint = format!("flux queue show {} {id}", self.label),
                "attempt {attempt} of {max_attempts} failed, and the job is a dead letter now: {reason}"
            ),
        }
    }

    /// Extends a job's lease for as long as it is polled. A lease that was lost does not end the
    /// execution, which may have acted: it is settled in vain.
    async fn keep(&self, job: &ClaimedJob) -> Infallible {
        let beat = self.queues.until(job.lease_until_ms) / BEATS;
        loop {
            tokio::time::sleep(beat.max(SHORTEST_BEAT)).await;
            match self.queues.extend(&self.label, job).await {
                Ok(true) => {}
                Ok(false) => std::future::pending().await,
                Err(error) => {
                    tracing::warn!(
                        queue = self.label,
                        job = job.id,
                        "cannot extend its lease: {}",
                        reason(error)
                    );
                }
            }
        }
    }

    /// Settles a job, however long its store is away: one that is given up runs again although it is done.
    async fn settle(&self, job: &ClaimedJob, settlement: Settlement, stop: &CancellationToken) {
        let (queue, id) = (&self.label, &job.id);
        for tried in 1.. {
            match self.queues.settle(&self.label, job, settlement.clone()).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(queue, job = id, "its lease ended while it ran: it may run twice");
                    return;
                }
                Err(error) => {
                    tracing::warn!(queue, job = id, "cannot store the job's outcome yet: {}", reason(error))
                }
            }
            if stop.is_cancelled() && tried >= SETTLE {
                break;
            }
            // Not cut short by `stop`: the store may come back meanwhile.
            tokio::time::sleep((AFTER_FAILURE * tried).min(LONGEST_PAUSE)).await;
        }
        tracing::error!(
            queue,
            job = id,
            "the job's outcome was not stored: the job runs again when its lease ends"
        );
    }

    /// Runs the job. Where the host fails, it is the same attempt that runs again: the job did nothing wrong.
    async fn settlement(&self, job: &ClaimedJob, stop: &CancellationToken) -> Settlement {
        let mut reason = String::new();
        for tried in 1..=HOST_FAULTS {
            match self.attempt(job).await {
                Ok(settlement) => return settlement,
                Err(fault) => reason = fault,
            }
            tracing::warn!(queue = self.label, job = job.id, "the host could not run the job: {reason}");
            if stop.is_cancelled() {
                let at_ms = self.gateway.app().environment().now_ns() / 1_000_000;
                return Settlement::Retry { at_ms, reason };
            }
            pause(AFTER_FAILURE * tried, stop).await;
        }
        self.queues.failed(job, reason)
    }

    /// Runs the job once. Errs with what the host lacked.
    async fn attempt(&self, job: &ClaimedJob) -> Result<Settlement, String> {
        let finished = self.execute(job).await?;
        let reason = match (finished.ended.output, finished.ended.end.outcome) {
            (Some(Output::Job(Ok(()))), _) => return Ok(Settlement::Done),
            (Some(Output::Job(Err(Failure::Discard(reason)))), _) => return Ok(Settlement::Dead { reason }),
            (Some(Output::Job(Err(Failure::Retry(reason)))), _) => reason,
            (_, Outcome::Failed { kind: FailureKind::Host, message, .. }) => return Err(message),
            (_, Outcome::Failed { message, .. }) => message,
            _ => "the guest gave no result".to_owned(),
        };
        Ok(self.queues.failed(job, reason))
    }

    async fn execute(&self, job: &ClaimedJob) -> Result<Finished, String> {
        let guest = self.gateway.guest(&self.guest).map_err(|error| error.to_string())?;
        let input = (self.input)(Job {
            id: job.id.clone(),
            queue: self.label.clone(),
            payload: job.payload.clone(),
            attempt: job.attempt,
        });
        self.gateway.execute(guest, &self.name, input).await.map_err(|error| error.to_string())
    }
}

pub(super) async fn pause(duration: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = stop.cancelled() => {}
    }
}

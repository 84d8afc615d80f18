//! The cron trigger: enqueues the runs of schedules. A worker runs them like other jobs, with their
//! attempts, backoff and dead letters.
//!
//! However many nodes tick, a run is one job: the back end remembers the latest run that was enqueued, and
//! enqueues the next in the same step. All nodes go by the clock of the store that they share.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::{AHEAD_MS, CronTable, Missed, QueueSection, Queues, Schedule, cron_queue, reason};
use flux_host::bindings::flux::host::queue::Error;
use flux_runtime::App;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::jobs::pause;
use super::missed::Gap;
use super::trigger::{Running, Trigger, Triggers};
use crate::ServerError;
use crate::gateway::Gateway;

/// How long is waited at once: the clock may be set, and the machine may sleep.
const LOOK: Duration = Duration::from_secs(60);
/// How long is waited after the back end failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Enqueues the runs of all schedules of flux.toml.
struct CronTrigger(Vec<Ticker>);

pub(super) fn register(triggers: &mut Triggers, gateway: &Gateway) -> Result<(), ServerError> {
    let app = gateway.app();
    let section = app.project().config.section::<QueueSection>();
    if let (Some(section), Some(queues)) = (section, app.capabilities().get::<Queues>()) {
        let schedules = section.cron.iter();
        let tickers = schedules.map(|(name, config)| Ticker::new(app, &queues, name, config));
        triggers.add(CronTrigger(tickers.collect::<Result<_, _>>()?));
    }
    Ok(())
}

impl Trigger for CronTrigger {
    fn run(self: Box<Self>, stop: CancellationToken) -> Running {
        Box::pin(async move {
            let mut running = JoinSet::new();
            for ticker in self.0 {
                running.spawn(ticker.run(stop.clone()));
            }
            while running.join_next().await.is_some() {}
            Ok(())
        })
    }
}

/// How far a schedule has come.
#[derive(Debug, Default)]
struct Progress {
    /// Runs after this time are still to be enqueued; none: it is not known yet.
    after_ms: Option<u64>,
    /// Why no run could be enqueued since then.
    failure: Option<String>,
    /// Gaps whose runs are still to be kept as dead letters, and why nothing could be enqueued in them.
    unreported: Vec<(Gap, String)>,
}

struct Ticker {
    app: Arc<App>,
    queues: Arc<Queues>,
    name: String,
    queue: String,
    schedule: Schedule,
    missed: Missed,
    payload: String,
}

impl Ticker {
    fn new(
        app: &Arc<App>,
        queues: &Arc<Queues>,
        name: &str,
        config: &CronTable,
    ) -> Result<Self, ServerError> {
        let schedule = Schedule::new(&config.schedule, config.timezone.as_deref());
        Ok(Self {
            app: app.clone(),
            queues: queues.clone(),
            name: name.to_owned(),
            queue: cron_queue(name),
            schedule: schedule.map_err(|source| ServerError::Schedule { name: name.to_owned(), source })?,
            missed: config.missed,
            payload: config.payload.clone(),
        })
    }

    /// Steps once even if it is to stop already: what is missed counts from the first start on, however
    /// short that was.
    async fn run(self, stop: CancellationToken) {
        let mut progress = Progress::default();
        loop {
            let wait = match self.step(&mut progress).await {
                Ok(Some(wait)) => wait.min(LOOK),
                Ok(None) => return,
                Err(error) => {
                    self.failed(&mut progress, error);
                    AFTER_FAILURE
                }
            };
            pause(wait, &stop).await;
            if stop.is_cancelled() {
                return self.give_up(progress);
            }
        }
    }

    /// Says what could not be kept as dead letters before the process ends.
    fn give_up(&self, progress: Progress) {
        for (gap, failure) in progress.unreported {
            if let Some(missed) = gap.missed(&self.schedule) {
                tracing::error!(
                    "schedule {}: {missed}, and could not be kept as dead letters: {failure}",
                    self.name
                );
            }
        }
    }

    /// Says once why no run can be enqueued, however often it is tried.
    fn failed(&self, progress: &mut Progress, error: Error) {
        let why = reason(error);
        if progress.failure.as_ref() != Some(&why) {
            tracing::error!(schedule = self.name, "cannot enqueue runs: {why}; they are caught up later");
            progress.failure = Some(why);
        }
    }

    /// Enqueues what is due, and says how long there is nothing to do; none: for ever. Of several runs that are
    /// due, the latest is enqueued and the others are reported.
    async fn step(&self, progress: &mut Progress) -> Result<Option<Duration>, Error> {
        let now_ms = self.now_ms().await?;
        let after_ms = match progress.after_ms {
            Some(after_ms) => self.not_ahead(after_ms, now_ms),
            None => self.begin(now_ms).await?,
        };
        progress.after_ms = Some(after_ms);
        if let Some(due_ms) = self.schedule.latest(after_ms, now_ms) {
            let gap = Gap { after_ms: self.noted(after_ms, due_ms).await?, until_ms: due_ms };
            if self.queues.tick(&self.queue, due_ms, self.payload(due_ms)).await? {
                tracing::info!("schedule {} is due", self.name);
                self.note(gap, progress);
            }
            progress.after_ms = Some(due_ms);
        }
        self.report(&mut progress.unreported).await?;
        progress.failure = None;
        Ok(self.schedule.next(now_ms).map(|next_ms| Duration::from_millis(next_ms - now_ms)))
    }

    /// The latest run before `due_ms` that is known to be enqueued, by this node or another.
    async fn noted(&self, after_ms: u64, due_ms: u64) -> Result<u64, Error> {
        let is_next = self.schedule.between(after_ms, due_ms).next().is_none();
        match self.queues.schedules(&self.queue) {
            Some(schedules) if !is_next => {
                let last_ms = schedules.last(&self.queue).await?.filter(|last_ms| *last_ms < due_ms);
                Ok(last_ms.map_or(after_ms, |last_ms| last_ms.max(after_ms)))
            }
            _ => Ok(after_ms),
        }
    }

    /// Runs that were left out for a later one. Those that could not be enqueued are neither late nor skipped, so they
    /// are to be kept as dead letters.
    fn note(&self, gap: Gap, progress: &mut Progress) {
        match (progress.failure.take(), gap.missed(&self.schedule)) {
            (_, None) => {}
            (Some(failure), Some(_)) => progress.unreported.push((gap, failure)),
            (None, Some(missed)) => {
                tracing::warn!(
                    "schedule {}: {missed}, because no node ran then; the latest runs now",
                    self.name
                );
            }
        }
    }

    /// Keeps as dead letters what could not be enqueued at its time: an operator may run it.
    async fn report(&self, unreported: &mut Vec<(Gap, String)>) -> Result<(), Error> {
        while let Some((gap, failure)) = unreported.last() {
            if let Some(missed) = gap.missed(&self.schedule) {
                let runs = missed.latest.iter().map(|due_ms| (*due_ms, self.payload(*due_ms))).collect();
                let why = format!("the run was missed: {failure}");
                self.queues.miss(&self.queue, runs, &why).await?;
                tracing::warn!(
                    "schedule {}: {missed}: {failure}; the latest run was enqueued now, the others are dead letters; \
                     hint: flux queue retry {} --all runs them",
                    self.name,
                    self.queue
                );
            }
            unreported.pop();
        }
        Ok(())
    }

    /// The time that all nodes go by.
    async fn now_ms(&self) -> Result<u64, Error> {
        let own = self.app.environment().now_ns() / 1_000_000;
        match self.queues.schedules(&self.queue) {
            Some(schedules) => schedules.clock(own).await,
            None => Ok(own),
        }
    }

    /// The time after which runs count.
    async fn begin(&self, now_ms: u64) -> Result<u64, Error> {
        let Some(schedules) = self.queues.schedules(&self.queue) else {
            return Ok(now_ms);
        };
        let first = schedules.first(&self.queue, now_ms).await?;
        let last = schedules.last(&self.queue).await?.unwrap_or(first);
        let known = self.not_ahead(last.max(first), now_ms);
        match self.missed {
            Missed::RunOnce => Ok(known),
            Missed::Skip => {
                let gap = Gap { after_ms: known, until_ms: now_ms };
                if let Some(missed) = gap.missed(&self.schedule) {
                    tracing::warn!(
                        "schedule {}: {missed}, because no node ran then; they are skipped",
                        self.name
                    );
                }
                Ok(now_ms)
            }
        }
    }

    /// What is noted of the schedule; now, if that is in the future. Otherwise a clock that was once ahead would
    /// silence the schedule until then.
    fn not_ahead(&self, noted_ms: u64, now_ms: u64) -> u64 {
        let ahead_ms = noted_ms.saturating_sub(now_ms);
        if ahead_ms <= AHEAD_MS {
            return noted_ms;
        }
        tracing::warn!(
            "the latest run of schedule {} is recorded for {} s from now: a clock was ahead when it ran; the \
             schedule continues from now",
            self.name,
            ahead_ms / 1000
        );
        now_ms
    }

    fn payload(&self, due_ms: u64) -> Vec<u8> {
        if !self.payload.is_empty() {
            return self.payload.clone().into_bytes();
        }
        json!({ "schedule": self.name, "due": due_ms }).to_string().into_bytes()
    }
}

//! The cron trigger: enqueues the runs of schedules. A worker runs them like other jobs, with their
//! attempts, backoff and dead letters.
//!
//! However many nodes tick, a run is one job: the back end remembers the latest run that was enqueued, and
//! enqueues the next in the same step. All nodes go by the clock of the store that they share.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::{AHEAD_MS, Queues};
use flux_host::bindings::flux::host::queue::Error;
use flux_runtime::config::{CronConfig, Missed, cron_queue};
use flux_runtime::{App, Schedule};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::jobs::pause;
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
    if let Some(queues) = app.capabilities().get::<Queues>() {
        let schedules = app.project().config.cron.iter();
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
        config: &CronConfig,
    ) -> Result<Self, ServerError> {
        let zone = config.timezone.as_ref().map(|zone| zone.get_ref().as_str());
        let schedule = Schedule::new(config.schedule.get_ref(), zone);
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
        let mut after_ms = None;
        loop {
            let wait = match self.step(&mut after_ms).await {
                Ok(Some(wait)) => wait.min(LOOK),
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(schedule = self.name, "cannot enqueue a run: {error:?}");
                    AFTER_FAILURE
                }
            };
            pause(wait, &stop).await;
            if stop.is_cancelled() {
                return;
            }
        }
    }

    /// Enqueues what is due after `after_ms`, and says how long there is nothing to do; none: for ever.
    /// Of several runs that are due, the latest counts.
    async fn step(&self, after_ms: &mut Option<u64>) -> Result<Option<Duration>, Error> {
        let now_ms = self.now_ms().await?;
        let after = match *after_ms {
            Some(after) => self.not_ahead(after, now_ms),
            None => self.begin(now_ms).await?,
        };
        *after_ms = Some(after);
        if let Some(due_ms) = self.schedule.latest(after, now_ms) {
            if self.queues.tick(&self.queue, due_ms, self.payload(due_ms)).await? {
                tracing::info!("schedule {} is due", self.name);
            }
            *after_ms = Some(due_ms);
        }
        Ok(self.schedule.next(now_ms).map(|next_ms| Duration::from_millis(next_ms - now_ms)))
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
        Ok(match self.missed {
            Missed::Skip => now_ms,
            Missed::RunOnce => known,
        })
    }

    /// What is noted of the schedule; now, if that is in the future. Otherwise a clock that was once ahead would
    /// silence the schedule until then.
    fn not_ahead(&self, noted_ms: u64, now_ms: u64) -> u64 {
        let ahead_ms = noted_ms.saturating_sub(now_ms);
        if ahead_ms <= AHEAD_MS {
            return noted_ms;
        }
        tracing::warn!(
            "the latest run of schedule {} is noted for {} s from now: a clock was ahead when it ran; the schedule \
             goes on from now",
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

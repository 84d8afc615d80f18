//! The cron trigger: enqueues the runs of schedules. A worker runs them like other jobs, with their
//! attempts, backoff and dead letters.
//!
//! However many nodes tick, a run is one job: the back end remembers the latest run that was enqueued, and
//! enqueues the next in the same step.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::Queues;
use flux_host::bindings::flux::host::queue::Error;
use flux_runtime::config::{CronConfig, Missed, cron_queue};
use flux_runtime::{App, Schedule};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::jobs::pause;
use crate::{ServerError, Trigger};

/// How long is waited at once: the clock may be set, and the machine may sleep.
const LOOK: Duration = Duration::from_secs(60);
/// How long is waited after the back end failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Enqueues the runs of all schedules of flux.toml.
#[derive(Debug)]
pub struct CronTrigger;

impl Trigger for CronTrigger {
    const TYPE: &'static str = "cron";

    async fn run(self, app: Arc<App>, stop: CancellationToken) -> Result<(), ServerError> {
        let Some(queues) = app.capabilities().get::<Queues>() else {
            return Ok(());
        };
        let mut running = JoinSet::new();
        for (name, config) in &app.project().config.cron {
            running.spawn(Ticker::new(&app, &queues, name, config)?.run(stop.clone()));
        }
        while running.join_next().await.is_some() {}
        Ok(())
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
        let now_ms = self.app.environment().now_ns() / 1_000_000;
        let after = match *after_ms {
            Some(after) => after,
            None => *after_ms.insert(self.begin(now_ms).await?),
        };
        if let Some(due_ms) = self.schedule.latest(after, now_ms) {
            if self.queues.tick(&self.queue, due_ms, self.payload(due_ms)).await? {
                tracing::info!("schedule {} is due", self.name);
            }
            *after_ms = Some(due_ms);
        }
        Ok(self.schedule.next(now_ms).map(|next_ms| Duration::from_millis(next_ms - now_ms)))
    }

    /// The time after which runs count.
    async fn begin(&self, now_ms: u64) -> Result<u64, Error> {
        let Some(schedules) = self.queues.schedules(&self.queue) else {
            return Ok(now_ms);
        };
        let first = schedules.first(&self.queue, now_ms).await?;
        let last = schedules.last(&self.queue).await?.unwrap_or(first);
        Ok(match self.missed {
            Missed::Skip => now_ms,
            Missed::RunOnce => last.max(first),
        })
    }

    fn payload(&self, due_ms: u64) -> Vec<u8> {
        if !self.payload.is_empty() {
            return self.payload.clone().into_bytes();
        }
        json!({ "schedule": self.name, "due": due_ms }).to_string().into_bytes()
    }
}

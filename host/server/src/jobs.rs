//! The job trigger: a worker per queue.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_queue::{ClaimedJob, Queues, Settlement};
use flux_host::bindings::exports::flux::host::job_handler::{Failure, Job};
use flux_host::{Input, Output};
use flux_recorder::Outcome;
use flux_runtime::{App, Finished};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::http::report;
use crate::{ServerError, Trigger};

/// How long a worker waits after its back end failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often a worker looks for jobs that another process sent.
const LOOK: Duration = Duration::from_secs(5);

/// Runs the jobs of all queues of flux.toml.
#[derive(Debug)]
pub struct JobTrigger;

impl Trigger for JobTrigger {
    const TYPE: &'static str = "job";

    async fn run(self, app: Arc<App>, stop: CancellationToken) -> Result<(), ServerError> {
        let Some(queues) = app.capabilities().get::<Queues>() else {
            return Ok(());
        };
        let failed = |error| ServerError::Queue { queue: "*".to_owned(), why: format!("{error:?}") };
        let recovered = queues.recover().await.map_err(failed)?;
        if recovered > 0 {
            tracing::warn!("{recovered} jobs were running when the process before ended; they run again");
        }
        let mut workers = JoinSet::new();
        for (label, config) in &app.project().config.queues {
            let worker = Worker {
                app: app.clone(),
                queues: queues.clone(),
                label: label.clone(),
                guest: config.guest.get_ref().clone(),
                permits: Arc::new(Semaphore::new(config.concurrency.max(1))),
            };
            workers.spawn(Arc::new(worker).run(stop.clone()));
        }
        while workers.join_next().await.is_some() {}
        Ok(())
    }
}

struct Worker {
    app: Arc<App>,
    queues: Arc<Queues>,
    label: String,
    guest: String,
    permits: Arc<Semaphore>,
}

impl Worker {
    async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            // A permit first: a job that is claimed runs at once.
            let permit = tokio::select! {
                permit = self.permits.clone().acquire_owned() => permit,
                () = stop.cancelled() => break,
            };
            match self.queues.claim(&self.label).await {
                Ok(Some(job)) => {
                    let worker = self.clone();
                    running.spawn(async move {
                        worker.work(job).await;
                        drop(permit);
                    });
                }
                Ok(None) => self.wait(&stop).await,
                Err(error) => {
                    tracing::error!(queue = self.label, "cannot claim a job: {error:?}");
                    pause(AFTER_FAILURE, &stop).await;
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    /// Until a job is sent or due.
    async fn wait(&self, stop: &CancellationToken) {
        let due = self.queues.due_in(&self.label).await.ok().flatten();
        let due = due.unwrap_or(LOOK).min(LOOK);
        let Ok(sent) = self.queues.sent(&self.label) else {
            return;
        };
        tokio::select! {
            () = sent.notified() => {}
            () = tokio::time::sleep(due) => {}
            () = stop.cancelled() => {}
        }
    }

    async fn work(&self, job: ClaimedJob) {
        let settlement = match self.execute(&job).await {
            Ok(finished) => {
                report(&self.label, &finished);
                self.settlement(&job, finished)
            }
            Err(reason) => self.queues.failed(job.attempt, job.max_attempts, reason),
        };
        if let Settlement::Dead { reason } = &settlement {
            tracing::warn!(queue = self.label, job = job.id, "dead letter: {reason}");
        }
        let settled = self.queues.settle(&self.label, &job.id, job.attempt, settlement).await;
        if let Err(error) = settled {
            // It stays marked as running, and runs again after the next start.
            tracing::error!(queue = self.label, job = job.id, "cannot settle the job: {error:?}");
        }
    }

    async fn execute(&self, job: &ClaimedJob) -> Result<Finished, String> {
        let guest = self.app.guest(&self.guest).ok_or("the guest is not loaded")?;
        let input = Input::Job(Job {
            id: job.id.clone(),
            queue: self.label.clone(),
            payload: job.payload.clone(),
            attempt: job.attempt,
        });
        self.app.execute(&*guest, &self.label, input).await.map_err(|error| error.to_string())
    }

    fn settlement(&self, job: &ClaimedJob, finished: Finished) -> Settlement {
        let reason = match (finished.ended.output, finished.ended.end.outcome) {
            (Some(Output::Job(Ok(()))), _) => return Settlement::Done,
            (Some(Output::Job(Err(Failure::Discard(reason)))), _) => return Settlement::Dead { reason },
            (Some(Output::Job(Err(Failure::Retry(reason)))), _) => reason,
            (_, Outcome::Failed { message, .. }) => message,
            _ => "the guest gave no result".to_owned(),
        };
        self.queues.failed(job.attempt, job.max_attempts, reason)
    }
}

async fn pause(duration: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = stop.cancelled() => {}
    }
}

//! Queues and their jobs.

use flux_api::{FailedAttempt, Job, JobDetails, QueueCounts};
use flux_cap_queue::{Counts, JobState, JobSummary, Listing, MAX_LIST, Queues};
use flux_host::bindings::flux::host::queue::{Error, Options};
use flux_host::printable;

use super::{OperationError, Operations, at_ms, values};

/// The fewest letters that stand for a job's id.
const SHORTEST: usize = 6;
/// How many jobs an ambiguous id lists.
const LISTED: usize = 8;

/// Which jobs of a queue to list.
pub type JobQuery = Listing;

/// How a job is sent.
#[derive(Debug, Clone, Default)]
pub struct JobOptions {
    /// Milliseconds before it may run.
    pub delay_ms: Option<u64>,
    /// A second send with the same key adds nothing.
    pub idempotency_key: Option<String>,
    /// Tries, instead of the queue's.
    pub max_attempts: Option<u32>,
}

impl Operations {
    /// All queues with their counts, by name.
    pub async fn queue_counts(&self) -> Result<Vec<QueueCounts>, OperationError> {
        let queues = self.queues().await?;
        let mut labels: Vec<_> = queues.labels().map(str::to_owned).collect();
        labels.sort_unstable();
        let mut all = Vec::new();
        for queue in labels {
            let Counts { ready, delayed, running, dead, keys } =
                queues.counts(&queue).await.map_err(refused)?;
            all.push(QueueCounts { queue, ready, delayed, running, dead, keys });
        }
        Ok(all)
    }

    /// Some jobs of a queue.
    pub async fn jobs(&self, queue: &str, query: &JobQuery) -> Result<Vec<Job>, OperationError> {
        let queues = self.queues().await?;
        let after = match &query.after {
            // A job that is gone is a place in the list too.
            Some(text) => Some(find(queues, queue, text, None).await?.unwrap_or_else(|| text.clone())),
            None => None,
        };
        let query = JobQuery { after, ..query.clone() };
        let jobs = queues.list(queue, &query).await.map_err(refused)?;
        Ok(jobs.iter().map(job).collect())
    }

    /// One job, by a part of its id.
    pub async fn job(&self, queue: &str, text: &str) -> Result<JobDetails, OperationError> {
        let queues = self.queues().await?;
        let gone = || no_job("job", queue, text);
        let id = find(queues, queue, text, None).await?.ok_or_else(gone)?;
        let found = queues.show(queue, &id).await.map_err(refused)?.ok_or_else(gone)?;
        let attempt = |it: &flux_cap_queue::FailedAttempt| FailedAttempt {
            attempt: it.attempt,
            ended: at_ms(it.ended_ms),
            reason: it.reason.clone(),
        };
        Ok(JobDetails {
            job: job(&found.summary),
            attempts: found.attempts.iter().map(attempt).collect(),
            payload: values::text_or_base64(&found.payload),
        })
    }

    /// Sends a job, as a guest would, and returns its id.
    pub async fn send_job(
        &self,
        queue: &str,
        payload: Vec<u8>,
        options: JobOptions,
    ) -> Result<String, OperationError> {
        let JobOptions { delay_ms, idempotency_key, max_attempts } = options;
        let options = Options { delay_ms, idempotency_key, max_attempts };
        self.queues().await?.enqueue(queue, payload, options).await.map_err(refused)
    }

    /// Makes a dead letter ready, or all of them, and returns how many.
    pub async fn retry_jobs(&self, queue: &str, text: Option<&str>) -> Result<u64, OperationError> {
        let queues = self.queues().await?;
        let Some(text) = text else {
            return queues.retry(queue, None).await.map_err(refused);
        };
        let gone = || no_job("dead letter", queue, text);
        let id = find(queues, queue, text, Some(JobState::Dead)).await?.ok_or_else(gone)?;
        match queues.retry(queue, Some(&id)).await.map_err(refused)? {
            0 => Err(gone()),
            retried => Ok(retried),
        }
    }

    /// How many jobs [`Self::purge_jobs`] would remove.
    pub async fn purgeable_jobs(&self, queue: &str, state: Option<JobState>) -> Result<u64, OperationError> {
        let counts = self.queues().await?.counts(queue).await.map_err(refused)?;
        Ok(match state {
            Some(JobState::Ready) => counts.ready,
            Some(JobState::Delayed) => counts.delayed,
            Some(JobState::Running) => 0,
            Some(JobState::Dead) => counts.dead,
            None => counts.waiting() + counts.dead,
        })
    }

    /// Removes jobs that do not run, and returns how many.
    pub async fn purge_jobs(&self, queue: &str, state: Option<JobState>) -> Result<u64, OperationError> {
        self.queues().await?.purge(queue, state).await.map_err(refused)
    }
}

/// The id of the job that is named, whole or by its beginning or end.
async fn find(
    queues: &Queues,
    queue: &str,
    text: &str,
    state: Option<JobState>,
) -> Result<Option<String>, OperationError> {
    if queues.show(queue, text).await.map_err(refused)?.is_some() {
        return Ok(Some(text.to_owned()));
    }
    let digits = text.replace('-', "").to_ascii_lowercase();
    if digits.len() < SHORTEST {
        return Ok(None);
    }
    let mut found: Vec<Job> = Vec::new();
    let mut listing = Listing { state, newest: true, after: None, limit: MAX_LIST };
    loop {
        let page = queues.list(queue, &listing).await.map_err(refused)?;
        let fits = |it: &&JobSummary| {
            let id = it.id.replace('-', "").to_ascii_lowercase();
            id.starts_with(&digits) || id.ends_with(&digits)
        };
        found.extend(page.iter().filter(fits).map(job));
        let is_last = page.len() < MAX_LIST || found.len() > LISTED;
        listing.after = page.last().map(|job| job.id.clone());
        if is_last {
            break;
        }
    }
    if found.len() > 1 {
        let line = |it: &Job| printable(&format!("{}  {}  sent {}", it.id, it.state, it.sent)).into_owned();
        let found = found.iter().take(LISTED).map(line).collect();
        return Err(OperationError::Ambiguous { text: text.to_owned(), what: "jobs", found });
    }
    Ok(found.pop().map(|job| job.id))
}

fn no_job(what: &'static str, queue: &str, id: &str) -> OperationError {
    OperationError::NoJob { what, queue: queue.to_owned(), id: id.to_owned() }
}

fn job(job: &JobSummary) -> Job {
    Job {
        id: job.id.clone(),
        state: job.state.name().to_owned(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        sent: at_ms(job.sent_ms),
        due: at_ms(job.due_ms),
        reason: job.reason.clone(),
        idempotency_key: job.idempotency_key.clone(),
        payload_bytes: job.payload_bytes,
    }
}

fn refused(error: Error) -> OperationError {
    let see = "see the queues that there are: flux queue list";
    let (message, hint) = match error {
        // What a guest is told has its hint in the text.
        Error::Denied(why) => match printable(&why).split_once("; hint: ") {
            Some((what, hint)) => (what.to_owned(), format!("{hint}; or see what there is: flux queue list")),
            None => (why, see.to_owned()),
        },
        Error::TooLarge => ("it is over its limit".to_owned(), "send less".to_owned()),
        Error::Unavailable(why) => (why, "see whether its server runs: flux doctor".to_owned()),
    };
    OperationError::Queue { message, hint }
}

//! The queues of an app, by label.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flux_host::bindings::flux::host::queue::{Error, Options};
use flux_host::{Environment, Transactions};
use tokio::sync::Notify;

use crate::{Backend, MAX_ATTEMPTS, MAX_KEY, MAX_PAYLOAD, NEVER_MS, NewJob, Schedules};

/// One queue of flux.toml.
#[derive(Clone)]
pub struct QueueConfig {
    /// Where its jobs are. Queues may share one.
    pub backend: Arc<dyn Backend>,
    /// How often a job is tried if its sender does not say.
    pub max_attempts: u32,
    /// How many jobs may wait before a send is refused.
    pub max_waiting: Option<u64>,
    /// Not for guests to send to: the host's own, such as the runs of a schedule.
    pub hidden: bool,
}

impl QueueConfig {
    /// A queue on this back end, with five attempts and no bound.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, max_attempts: 5, max_waiting: None, hidden: false }
    }
}

impl std::fmt::Debug for QueueConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueConfig")
            .field("max_attempts", &self.max_attempts)
            .field("max_waiting", &self.max_waiting)
            .field("hidden", &self.hidden)
            .finish_non_exhaustive()
    }
}

struct Queue {
    config: QueueConfig,
    // Wakes the worker at once: at a send of this process, and where the back end hears of others'.
    sent: Arc<Notify>,
    // How many sends are known to fit. Counting each time would cost more than the send.
    room: AtomicU64,
}

impl Queue {
    fn new(label: &str, config: QueueConfig) -> Self {
        let sent = Arc::default();
        config.backend.listen(label, &sent);
        Self { config, sent, room: AtomicU64::new(0) }
    }

    /// Errs if too many jobs wait. Exact for one process. Other nodes send too, so only half of what is
    /// left is taken for granted: together they may go over the bound by what they believe to be left.
    async fn make_room(&self, label: &str, now_ms: u64) -> Result<(), Error> {
        let Some(max) = self.config.max_waiting else {
            return Ok(());
        };
        let taken = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1));
        if taken.is_ok() {
            return Ok(());
        }
        let waiting = self.config.backend.counts(label, now_ms).await?.waiting();
        if waiting >= max {
            return Err(Error::Unavailable(format!(
                "queue '{label}' is full, with {} waiting; hint: send later, or raise concurrency or \
                 max-waiting in [queues.{label}]",
                flux_host::count(waiting, "job")
            )));
        }
        self.room.store((max - waiting) / 2, Ordering::Relaxed);
        Ok(())
    }
}

/// The queues of an app.
pub struct Queues {
    queues: HashMap<String, Queue>,
    pub(crate) environment: Arc<dyn Environment>,
}

impl Queues {
    /// Queues by label.
    pub fn new(queues: HashMap<String, QueueConfig>, environment: Arc<dyn Environment>) -> Self {
        let queue = |(label, config): (String, _)| {
            let queue = Queue::new(&label, config);
            (label, queue)
        };
        Self { queues: queues.into_iter().map(queue).collect(), environment }
    }

    /// The labels of all queues, in no order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// Notified whenever the queue was sent to, as far as its back end hears of it.
    pub fn sent(&self, label: &str) -> Result<Arc<Notify>, Error> {
        Ok(Arc::clone(&self.queue(label)?.sent))
    }

    /// Where runs of a schedule are counted; none, if the queue's back end cannot.
    pub fn schedules(&self, label: &str) -> Option<&dyn Schedules> {
        self.queues.get(label)?.config.backend.schedules()
    }

    /// Enqueues the run of `at_ms` of the schedule that is named as its queue. False: a node did before.
    pub async fn tick(&self, label: &str, at_ms: u64, payload: Vec<u8>) -> Result<bool, Error> {
        let queue = self.queue(label)?;
        let schedules = self.schedules(label).ok_or_else(|| {
            let hint = "hint: put it on PostgreSQL or SQLite";
            Error::Unavailable(format!("the back end of queue '{label}' has no schedules; {hint}"))
        })?;
        let job = self.job(label, queue, payload, plain());
        let ticked = schedules.tick(label, at_ms, job).await?;
        if ticked {
            queue.sent.notify_one();
        }
        Ok(ticked)
    }

    /// Keeps runs of a schedule that were missed as dead letters, each with the time at which it was due and its
    /// payload: an operator may run them.
    pub async fn miss(&self, label: &str, runs: Vec<(u64, Vec<u8>)>, reason: &str) -> Result<(), Error> {
        let queue = self.queue(label)?;
        let Some(schedules) = self.schedules(label) else { return Ok(()) };
        let job = |(due_ms, payload)| NewJob {
            due_ms,
            // Of several nodes, one keeps it.
            idempotency_key: Some(format!("missed {due_ms}")),
            ..self.job(label, queue, payload, plain())
        };
        schedules.miss(runs.into_iter().map(job).collect(), reason).await
    }

    /// Whether jobs could be kept now: of every back end that cannot, one of its queues and why. A back end that
    /// takes longer than `patience` cannot.
    pub async fn check(&self, patience: Duration) -> Vec<(String, Error)> {
        let mut backends: Vec<(&String, &Arc<dyn Backend>)> = Vec::new();
        for (label, queue) in &self.queues {
            if !backends.iter().any(|(_, other)| Arc::ptr_eq(other, &queue.config.backend)) {
                backends.push((label, &queue.config.backend));
            }
        }
        let now_ms = self.now_ms();
        let check = async |(label, backend): (&String, &Arc<dyn Backend>)| {
            let late = Error::Unavailable(format!("it did not answer within {} s", patience.as_secs()));
            let checked = tokio::time::timeout(patience, backend.check(label, now_ms)).await;
            checked.unwrap_or(Err(late)).err().map(|error| (label.clone(), error))
        };
        let checks = futures_util::future::join_all(backends.into_iter().map(check));
        checks.await.into_iter().flatten().collect()
    }

    /// What a guest sends: inside the transaction that it has open on the queue's database, if any.
    pub(crate) async fn send(
        &self,
        transactions: &mut Transactions,
        label: &str,
        payload: Vec<u8>,
        options: Options,
    ) -> Result<String, Error> {
        let queue = self.queue(label)?;
        if queue.config.hidden {
            return Err(Error::Denied(format!("queue '{label}' is the host's own")));
        }
        let key = options.idempotency_key.as_ref();
        if payload.len() > MAX_PAYLOAD || key.is_some_and(|key| key.len() > MAX_KEY) {
            return Err(Error::TooLarge);
        }
        queue.make_room(label, self.now_ms()).await?;
        let job = self.job(label, queue, payload, options);
        let backend = &queue.config.backend;
        let joins = backend.joins().and_then(|joins| Some((joins, transactions.on(joins.identity())?)));
        // The worker is woken for a delayed job too: it must sleep less if it is due before the others.
        if let Some((joins, open)) = joins {
            let id = joins.send_in(open.get(), job).await?;
            let sent = Arc::clone(&queue.sent);
            open.after_commit(Box::new(move || sent.notify_one()));
            return Ok(id);
        }
        let id = backend.send(job).await?;
        queue.sent.notify_one();
        Ok(id)
    }

    fn job(&self, label: &str, queue: &Queue, payload: Vec<u8>, options: Options) -> NewJob {
        let sent_ms = self.now_ms();
        NewJob {
            id: self.environment.id().to_string(),
            queue: label.to_owned(),
            payload,
            sent_ms,
            due_ms: sent_ms.saturating_add(options.delay_ms.unwrap_or(0).min(NEVER_MS)),
            max_attempts: options.max_attempts.unwrap_or(queue.config.max_attempts).clamp(1, MAX_ATTEMPTS),
            idempotency_key: options.idempotency_key,
        }
    }

    pub(crate) fn backend(&self, label: &str) -> Result<&dyn Backend, Error> {
        Ok(&*self.queue(label)?.config.backend)
    }

    fn queue(&self, label: &str) -> Result<&Queue, Error> {
        self.queues.get(label).ok_or_else(|| {
            Error::Denied(format!(
                "queue '{label}' is not in flux.toml [FLX0501]; hint: add [queues.{label}] with guest = \"<name>\""
            ))
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.environment.now_ns() / 1_000_000
    }
}

/// No delay, no key, the queue's own attempts.
fn plain() -> Options {
    Options { delay_ms: None, idempotency_key: None, max_attempts: None }
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queues").field("queues", &self.queues.keys()).finish_non_exhaustive()
    }
}

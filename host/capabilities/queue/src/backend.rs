//! What a store of queues does. Back ends: [`Memory`](crate::Memory), [`Sql`](crate::Sql) for SQLite and
//! PostgreSQL, [`Nats`](crate::Nats).

use std::sync::Arc;

use flux_host::Transaction;
use tokio::sync::Notify;

use crate::future::QueueFuture;
use crate::inspect::Inspect;
use crate::job::{Attempt, ClaimedJob, NewJob, Settlement, Tended};

/// How long a claimed job is its claimer's alone. A worker extends it three times in that time, so that a
/// job of a node that died runs elsewhere soon, and a slow answer of the back end loses no lease.
pub const LEASE_MS: u64 = 30_000;

/// By how much a time may be in the future without anything being wrong: clocks are set back a little now and
/// then. Whatever is noted for later than this was noted by a clock that was ahead.
pub const AHEAD_MS: u64 = 10_000;

/// A store of one or more queues. Times are milliseconds since the Unix epoch. `now_ms` is the time of the
/// node that asks; a store that several nodes share goes by its own clock instead.
pub trait Backend: Inspect {
    /// Keeps a job and returns its id, or that of the job that was first sent with the same
    /// idempotency key to the same queue. When it returns, the job is durable.
    fn send(&self, job: NewJob) -> QueueFuture<'_, String>;
    /// Marks the job that is due longest as running, counts the attempt and gives it a lease. No job
    /// is given to two.
    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Option<ClaimedJob>>;
    /// Begins the lease anew. False: this attempt does not run any more, its lease had ended.
    fn extend<'a>(&'a self, attempt: Attempt<'a>, now_ms: u64) -> QueueFuture<'a, bool>;
    /// Ends an attempt. False, and nothing changed: this attempt does not run any more.
    fn settle<'a>(
        &'a self,
        attempt: Attempt<'a>,
        settlement: Settlement,
        now_ms: u64,
    ) -> QueueFuture<'a, bool>;
    /// What a worker calls now and then and whenever there is nothing to claim. Jobs whose lease has
    /// ended become ready again; those on their last attempt become dead letters, so that a job that
    /// kills its process does so `max_attempts` times and not for ever. Keys over their time are forgotten.
    fn tend<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended>;

    /// For stores with one owner, called by it before it claims anything: whatever still runs was
    /// interrupted, so its lease ends now. Stores with several owners wait for the lease.
    fn recover<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Tended> {
        self.tend(queue, now_ms)
    }

    /// Whether a job could be kept now: errs with why not. Writes something that nobody reads.
    fn check<'a>(&'a self, _queue: &'a str, _now_ms: u64) -> QueueFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Asks to be told when another process has sent to the queue.
    fn listen(&self, _queue: &str, _wake: &Arc<Notify>) {}

    /// Where jobs can be sent inside the transaction of a guest.
    fn joins(&self) -> Option<&dyn Joins> {
        None
    }

    /// Where the runs of schedules are counted beside the jobs.
    fn schedules(&self) -> Option<&dyn Schedules> {
        None
    }
}

/// A store that is in a database which guests may have open.
pub trait Joins: Send + Sync {
    /// The same text as the `db` capability has for this database.
    fn identity(&self) -> &str;
    /// [`Backend::send`] inside a transaction: the job is there once that commits.
    fn send_in<'a>(&'a self, transaction: &'a mut dyn Transaction, job: NewJob) -> QueueFuture<'a, String>;
}

/// Which runs of a schedule were enqueued, by the schedule's name. Of several nodes that tick the same
/// run, one enqueues it.
pub trait Schedules: Send + Sync {
    /// The time that all nodes go by: the store's own, or `now_ms` where one process has the store.
    fn clock(&self, now_ms: u64) -> QueueFuture<'_, u64>;
    /// When the schedule was first seen: `now_ms`, if that is now.
    fn first<'a>(&'a self, name: &'a str, now_ms: u64) -> QueueFuture<'a, u64>;
    /// The latest run that was enqueued.
    fn last<'a>(&'a self, name: &'a str) -> QueueFuture<'a, Option<u64>>;
    /// Enqueues the job of the run of `at_ms`, and remembers it in the same step. False, and nothing
    /// changed: that run or a later one was enqueued before. A later one that is further in the future than
    /// [`AHEAD_MS`] does not count.
    fn tick<'a>(&'a self, name: &'a str, at_ms: u64, job: NewJob) -> QueueFuture<'a, bool>;
    /// Keeps jobs of runs that were missed as dead letters, each once by its idempotency key.
    fn miss<'a>(&'a self, jobs: Vec<NewJob>, reason: &'a str) -> QueueFuture<'a, ()>;
}

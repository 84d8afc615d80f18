//! The `queue` capability: durable queues by label, on SQLite, PostgreSQL, NATS JetStream or in memory.
//!
//! A queue that flux.toml does not name is denied, with the lines that would allow it. Back ends
//! implement [`Backend`] and [`Inspect`]; the guest's side is [`View`]; the worker that runs the jobs is
//! in `flux-server` and the operator's command in `flux-cli`: both use [`Queues`]. What all back ends
//! promise, and where they differ, is in docs/queues.md.

mod backend;
mod backoff;
mod error;
mod inspect;
mod job;
mod memory;
mod nats;
mod queues;
mod sql;
mod view;
mod wakers;
mod worker;

pub use backend::{AHEAD_MS, Answer, Backend, Joins, LEASE_MS, Schedules};
pub use backoff::{MAX_BACKOFF_MS, backoff_ms};
pub use error::{OpenError, reason};
pub use inspect::{Counts, FailedAttempt, Inspect, JobDetails, JobState, JobSummary, Listing, MAX_LIST};
pub use job::{Attempt, ClaimedJob, NewJob, Settlement, Tended};
pub use memory::Memory;
pub use nats::{Nats, NatsOptions};
pub use queues::{QueueConfig, Queues};
pub use sql::{Clock, PostgresOptions, Sql};
pub use view::View;

/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// The longest idempotency key, in bytes.
pub const MAX_KEY: usize = 1024;
/// The most tries that a guest may ask for; more are taken as this many, and 0 as 1.
pub const MAX_ATTEMPTS: u32 = 1000;
/// A delay of so many milliseconds, 292 million years, or of more: the job never runs. With any time that a clock
/// may show it is still a number that every database has.
pub const NEVER_MS: u64 = i64::MAX.cast_unsigned() - (1 << 53);
/// How long an idempotency key is remembered after its job was done. While the job waits or runs, and
/// as long as its dead letter is there, it is remembered anyway.
pub const KEY_MS: u64 = 24 * 60 * 60 * 1000;

/// Why an attempt failed whose node is gone.
const LEASE_ENDED: &str = "its lease ended while it ran: the process died or hung";
/// Why an attempt failed that ran when the only process died.
const INTERRUPTED: &str = "the process ended while it ran";

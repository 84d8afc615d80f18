//! The `queue` capability: durable queues by label, on SQLite, PostgreSQL, NATS JetStream or in memory.
//!
//! A queue that flux.toml does not name is denied, with the lines that would allow it. Back ends
//! implement [`Backend`] and [`Inspect`]; the guest's side is [`View`]; the worker that runs the jobs is
//! in `flux-server` and the operator's command in `flux-cli`: both use [`Queues`]. What all back ends
//! promise, and where they differ, is in docs/queues.md.

mod backend;
mod backoff;
mod error;
mod future;
mod inspect;
mod job;
mod limits;
mod memory;
mod nats;
mod operator;
mod queues;
mod schedule;
mod section;
mod sql;
mod view;
mod wakers;
mod worker;

use flux_host::wasm::State;
use flux_host::{Capability, Description, Function};
use wasmtime::component::Linker;

pub use backend::{AHEAD_MS, Backend, Joins, LEASE_MS, Schedules};
pub use backoff::{MAX_BACKOFF_MS, backoff_ms};
pub use error::{OpenError, reason};
pub use future::QueueFuture;
pub use inspect::{Counts, FailedAttempt, Inspect, JobDetails, JobState, JobSummary, Listing, MAX_LIST};
pub use job::{Attempt, ClaimedJob, NewJob, Settlement, Tended};
pub(crate) use limits::{INTERRUPTED, LEASE_ENDED};
pub use limits::{KEY_MS, MAX_ATTEMPTS, MAX_KEY, MAX_PAYLOAD, NEVER_MS};
pub use memory::Memory;
pub use nats::{Nats, NatsOptions};
pub use queues::{QueueConfig, Queues};
pub use schedule::{Schedule, ScheduleError};
pub use section::{CronTable, Missed, QueueSection, QueueTable, cron_queue};
pub use sql::{Clock, PostgresOptions, Sql};
pub use view::{SEND, View};

impl Capability for Queues {
    type Section = QueueSection;
    const NAME: &'static str = "queue";
    const WIT: &'static str = include_str!("../../../../wit/queue.wit");
    const DESCRIPTIONS: &'static [Description] = view::DESCRIPTIONS;

    fn functions() -> Vec<Function> {
        view::functions()
    }

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

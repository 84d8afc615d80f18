//! The shapes that people and programs read: what `flux … --json` prints.
//!
//! Types and their names only. They know no other crate of Flux, so that everything which shows an app (the command,
//! and whatever else asks the same questions) can share them without the host behind them. `flux-runtime` fills them
//! in (`Operations`), and `flux-cli` prints them.
//!
//! Conventions, for all of them:
//!
//! - Names are in camelCase. What is not known is `null`.
//! - A time is a text of RFC 3339 in UTC with milliseconds, such as `2026-11-21T03:00:00.000Z`.
//! - Lengths of time have their unit in their name: `elapsedNs`, `latencyMs`. Sizes are bytes.
//! - Values that crossed the boundary are JSON as [`Event`] describes.
//!
//! ```
//! let counts = flux_api::QueueCounts { queue: "receipts".into(), ready: 2, delayed: 0, running: 1, dead: 0, keys: 0 };
//! let text = serde_json::to_string(&counts)?;
//! assert_eq!(text, r#"{"queue":"receipts","ready":2,"delayed":0,"running":1,"dead":0,"keys":0}"#);
//! # Ok::<_, serde_json::Error>(())
//! ```

mod diagnosis;
mod execution;
mod guest;
mod key;
mod problem;
mod queue;
mod replay;
mod scan;
mod trace;

pub use diagnosis::{Check, Diagnosis, Health, Promise};
pub use execution::Execution;
pub use guest::GuestVersion;
pub use key::{Key, KeyState, Keys};
pub use problem::{ErrorPage, Mistake, Problem, Severity};
pub use queue::{FailedAttempt, Job, JobDetails, QueueCounts};
pub use replay::{
    CallCounts, Difference, Divergence, FieldCounts, NotRun, OutputDifference, OutputLine, Replay,
    ReplayTotals, Replayed, ReplayedExecution, Tolerated,
};
pub use scan::{Finding, Scan, Unchecked};
pub use trace::{Event, Sender, SentJob, Trace};

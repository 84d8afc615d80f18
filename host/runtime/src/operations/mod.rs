//! Every question and order that a person can have about an app, once.
//!
//! The command `flux` is thin verbs over [`Operations`], and whatever else shows or steers an app asks the same
//! functions, so that two places cannot answer differently. Answers are shapes of `flux-api`.
//!
//! | file | about |
//! |---|---|
//! | `opened.rs` | the app itself: what is opened, and when |
//! | `executions.rs` | lists, following, and finding one by a part of its id |
//! | `recordings.rs` | recordings as files, in the place of an id |
//! | `trace.rs`, `values.rs` | one execution event by event, its values in JSON |
//! | `jobs.rs` | which execution sent a job, and which ones ran it |
//! | `builds.rs` | builds of guests: lists, and what `--against` can name |
//! | `replays.rs` | many recordings, run one after another or several at once |
//! | `records.rs`, `scan.rs` | export, retention, and the look for what should be redacted |
//! | `queues.rs`, `keys.rs` | queues with their jobs; the keys of redaction |
//! | `doctor/` | whether the app can run here |

mod builds;
mod doctor;
mod error;
mod executions;
mod jobs;
mod keys;
mod opened;
mod queues;
mod recordings;
mod records;
mod replays;
mod scan;
mod shell;
mod time;
mod trace;
mod values;

pub use builds::Build;
pub use error::OperationError;
pub use executions::Following;
pub use opened::Operations;
pub use queues::{JobOptions, JobQuery};
pub use records::{Exported, Pruned};
pub use replays::{ReplayRequest, Replays, Told};
pub use shell::shell_word;
pub use time::{at, at_ms};
pub use trace::{Traced, events};

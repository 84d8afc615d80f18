//! From flux.toml to a ready app. The only crate that names all capabilities: in its [`Catalog`].
//!
//! [`Project`] reads flux.toml; [`App`] opens what it names and runs executions; [`Operations`]
//! answers what people ask: what ran, what it did, and what another build makes of it. Neighbours:
//! `flux-server` drives an [`App`], the command `flux` all of them.

mod admission;
mod app;
mod archive;
mod builds;
mod catalog;
mod check;
pub mod config;
mod databases;
mod engines;
mod error;
mod execution_log;
mod follow;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod log;
mod open;
mod operations;
mod project;
mod readiness;
mod record;
mod record_store;
mod redacting;
mod replayer;
mod secrets;
mod target;
mod walk;

pub use admission::Overloaded;
pub use app::{App, Finished, Guests};
pub use builds::LoadedBuild;
pub use catalog::Catalog;
pub use check::{CheckError, Checked, check_component};
pub use config::ConfigError;
pub use engines::{BUNDLE, Engines, Variables, engine};
pub use error::{RuntimeError, store_hint};
pub use flux_redaction::{Key, KeyFile, KeyRing, KeysError, Needles, Redaction, RedactionError, Scanner};
pub use open::migrate;
pub use operations::{
    Build, Exported, Following, JobOptions, JobQuery, OperationError, Operations, Pruned, ReplayRequest,
    Replays, Told, Traced, at, at_ms, events, shell_word,
};
pub use project::Project;
pub use readiness::Problem;
pub use record::NotRun;
pub use replayer::ReplayedExecution;
pub use walk::{Query, Skipped};

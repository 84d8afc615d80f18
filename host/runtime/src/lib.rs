//! From flux.toml to a ready app. The only crate that names all capabilities.
//!
//! [`Project`] reads flux.toml; [`App`] opens what it names and runs executions; [`Replayer`] runs
//! recordings with nothing to act with; [`Archive`] reads what executions left. Neighbours:
//! `flux-server` drives an [`App`], the command `flux` all of them.

mod admission;
mod app;
mod archive;
mod backends;
mod check;
pub mod config;
mod engines;
mod error;
mod execution_log;
mod follow;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod log;
mod preflight;
mod record;
mod redaction;
mod replayer;
mod schedule;
mod settings;
mod target;
mod walk;

pub use admission::Overloaded;
pub use app::{App, Finished, Guests, NotRun, engine};
pub use archive::Archive;
pub use backends::{open_queues, open_records};
pub use check::{CheckError, Checked, check_component};
pub use config::{ConfigError, Project};
pub use engines::{BUNDLE, Engines, Variables};
pub use error::{RuntimeError, store_hint};
pub use follow::Follower;
pub use preflight::check_environment;
pub use redaction::{
    Finding, Key, KeyFile, KeyRing, KeysError, Needles, Redaction, RedactionError, Scanner, What,
};
pub use replayer::{ReplayedExecution, Replayer};
pub use schedule::{Schedule, ScheduleError};
pub use target::Target;
pub use walk::{Found, Walk};

//! From flux.toml to a ready app. The only crate that names all capabilities: in its [`Catalog`].
//!
//! [`Project`] reads flux.toml; [`App`] opens what it names and runs executions; [`Replayer`] runs
//! recordings with nothing to act with; [`Archive`] reads what executions left. Neighbours:
//! `flux-server` drives an [`App`], the command `flux` all of them.

mod admission;
mod app;
mod archive;
mod catalog;
mod check;
pub mod config;
mod engines;
mod error;
mod follow;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod open;
mod project;
mod record;
mod record_store;
mod redacting;
mod replayer;
mod secrets;
mod target;
mod walk;

pub use admission::Overloaded;
pub use app::{App, Finished, Guests};
pub use archive::Archive;
pub use catalog::Catalog;
pub use check::{CheckError, Checked, check_component};
pub use config::ConfigError;
pub use engines::{BUNDLE, Engines, Variables, engine};
pub use error::{RuntimeError, store_hint};
pub use flux_redaction::{
    Finding, Key, KeyFile, KeyRing, KeysError, Needles, Redaction, RedactionError, Scanner, What,
};
pub use follow::Follower;
pub use open::open_queues;
pub use project::Project;
pub use record::NotRun;
pub use record_store::open_records;
pub use replayer::{ReplayedExecution, Replayer};
pub use target::Target;
pub use walk::{Found, Walk};

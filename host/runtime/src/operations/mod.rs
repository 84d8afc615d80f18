//! Every question and order that a person can have about an app, once.
//!
//! The command `flux` is thin verbs over [`Operations`], and whatever else shows or steers an app asks the same
//! functions, so that two places cannot answer differently. Answers are shapes of `flux-api`.
//!
//! | file | about |
//! |---|---|
//! | `executions.rs` | lists, following, and finding one by a part of its id |
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
mod queues;
mod records;
mod replays;
mod scan;
mod shell;
mod time;
mod trace;
mod values;

use std::path::Path;
use std::sync::Arc;

use flux_cap_queue::Queues;
use tokio::sync::OnceCell;

use crate::archive::Archive;
use crate::config::{ConfigError, Project};
use crate::error::RuntimeError;
use crate::open::open_queues;

pub use error::OperationError;
pub use executions::Following;
pub use queues::{JobOptions, JobQuery};
pub use records::{Exported, Pruned};
pub use replays::{ReplayRequest, Replays, Told};
pub use shell::shell_word;
pub use time::{at, at_ms};
pub use trace::{Traced, events};

/// An app as a person asks about it. Nothing is opened before a question needs it.
#[derive(Debug)]
pub struct Operations {
    project: Project,
    archive: OnceCell<Arc<Archive>>,
    queues: OnceCell<Queues>,
}

impl Operations {
    /// The app of a flux.toml, or of the one in a folder.
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        Ok(Self::of(Project::read(path)?))
    }

    /// The same for a question about recordings, where a flux.toml need not be there if all of them are files: then
    /// nothing is tolerated, and no guest has a name.
    pub fn open_for(path: &Path, recordings: &[String]) -> Result<Self, ConfigError> {
        let are_files = !recordings.is_empty() && recordings.iter().all(|it| executions::is_path(it));
        match Project::read(path) {
            Err(ConfigError::Unreadable { source, .. })
                if are_files && path.is_dir() && source.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(Self::of(Project::empty(path)?))
            }
            read => Ok(Self::of(read?)),
        }
    }

    fn of(project: Project) -> Self {
        Self { project, archive: OnceCell::new(), queues: OnceCell::new() }
    }

    /// What flux.toml says.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The records.
    pub(crate) async fn archive(&self) -> Result<&Arc<Archive>, RuntimeError> {
        self.archive.get_or_try_init(async || Ok(Arc::new(Archive::open(&self.project).await?))).await
    }

    async fn queues(&self) -> Result<&Queues, RuntimeError> {
        self.queues.get_or_try_init(|| open_queues(&self.project)).await
    }
}

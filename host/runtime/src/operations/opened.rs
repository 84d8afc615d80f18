//! An app, of which each part is opened when a question needs it.

use std::path::Path;
use std::sync::Arc;

use flux_cap_queue::Queues;
use tokio::sync::OnceCell;

use crate::archive::Archive;
use crate::config::ConfigError;
use crate::error::RuntimeError;
use crate::open::open_queues;
use crate::project::Project;

use super::recordings::is_path;

/// An app as a person asks about it. Nothing is opened before a question needs it.
#[derive(Debug)]
pub struct Operations {
    pub(super) project: Project,
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
        let are_files = !recordings.is_empty() && recordings.iter().all(|it| is_path(it));
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
    pub(super) async fn archive(&self) -> Result<&Arc<Archive>, RuntimeError> {
        self.archive.get_or_try_init(async || Ok(Arc::new(Archive::open(&self.project).await?))).await
    }

    pub(super) async fn queues(&self) -> Result<&Queues, RuntimeError> {
        self.queues.get_or_try_init(|| open_queues(&self.project)).await
    }
}

//! What is served, and how: a flux.toml that was checked, with its guests built.

use std::path::PathBuf;

use flux_host::section::Purpose;
use flux_runtime::{ConfigError, Project};

use super::builds::{self, Done};
use super::serving::Serving;
use super::sources::Sources;
use crate::build::Progress;
use crate::context::Context;
use crate::log::Format;

/// How it is served.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// Guests whose source changed are built first.
    pub build: bool,
    /// Guests are built again, and flux.toml read again, when they change.
    pub watch: bool,
    /// Executions are recorded.
    pub record: bool,
}

/// Where flux.toml is, and how it is served.
#[derive(Debug, Clone)]
pub struct Setup {
    // As the command was told: a folder, or the file itself.
    project: PathBuf,
    /// flux.toml.
    pub file: PathBuf,
    pub serving: Serving,
    pub mode: Mode,
    pub json: bool,
}

impl Setup {
    pub fn new(context: &Context, serving: Serving, mode: Mode) -> Self {
        let project = context.project.clone();
        let file = if project.is_dir() { project.join("flux.toml") } else { project.clone() };
        Self { project, file, serving, mode, json: context.json }
    }

    /// Whether what is said is for programs.
    pub fn is_for_programs(&self) -> bool {
        self.json || self.serving.log == Format::Json
    }

    /// What is said of builds while the app runs.
    pub fn progress(&self) -> Progress {
        Progress::lines(self.is_for_programs())
    }

    /// flux.toml as it is now, with what the command says otherwise.
    pub fn read(&self) -> Result<Project, ConfigError> {
        let purpose = if self.mode.build { Purpose::Run } else { Purpose::Serve };
        self.serving.project(&self.project, purpose)
    }
}

/// A flux.toml that can be served: it was checked, and its guests are built.
pub struct Prepared {
    pub project: Project,
    /// What was done for each guest.
    pub builds: Done,
    /// As they were before the build; none: nobody watches, or somebody does already.
    pub sources: Option<Sources>,
}

impl Prepared {
    /// Builds what changed.
    pub fn of(project: Project, setup: &Setup, progress: &Progress) -> anyhow::Result<Self> {
        let Mode { build, watch, .. } = setup.mode;
        for warning in &project.warnings {
            let place = format!("{}:{}", project.file.display(), warning.line);
            tracing::warn!(hint = warning.hint, "{place}: {}", warning.message);
        }
        let sources = watch.then(|| Sources::of(&project, &setup.file));
        let builds =
            if build { builds::build(&project, progress, setup.json)? } else { builds::keep(&project)? };
        Ok(Self { project, builds, sources })
    }

    /// It was served before, and is served again.
    pub fn again(self, setup: &Setup) -> Self {
        let sources = setup.mode.watch.then(|| Sources::of(&self.project, &setup.file));
        Self { sources, ..self }
    }
}

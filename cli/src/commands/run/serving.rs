//! The options that `flux run` and `flux up` have in common.

use std::path::Path;

use flux_host::section::Purpose;
use flux_runtime::{ConfigError, Project};

use crate::log::{Format, Level};

/// What `flux run` and `flux up` take.
#[derive(Debug, Clone, clap::Args)]
pub struct Serving {
    /// Listen here instead of [http] listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Serve /healthz and /readyz here instead of [admin] listen
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// The form of the log, which goes to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", hide_possible_values = true)]
    pub log: Format,
    /// Print only failures, not every execution and every line of a guest
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print what Flux does internally
    #[arg(short, long)]
    verbose: bool,
}

impl Serving {
    /// flux.toml, with what the command says otherwise.
    pub fn project(&self, path: &Path, purpose: Purpose) -> Result<Project, ConfigError> {
        let mut project = Project::read_for(purpose, path)?;
        if let Some(listen) = &self.listen {
            project.config.http.listen.clone_from(listen);
        }
        if let Some(admin) = &self.admin {
            project.config.admin.listen.clone_from(admin);
        }
        Ok(project)
    }

    pub fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, true) => Level::Verbose,
            _ => Level::Usual,
        }
    }
}

//! `flux up`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::commands::run::{Mode, Serving, serve};
use crate::context::Context;

/// Develop: build, migrate, run, rebuild what changes, and show the log
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The same as flux run --watch, with the variables of the file .env beside flux.toml.\n\
    flux run does not read .env: name it there with --env-file.\n\n\
    Examples:\n  flux up\n  flux up --listen 127.0.0.1:3000\n  flux up --quiet        failures only"
)]
pub struct Args {
    #[command(flatten)]
    serving: Serving,
}

impl Args {
    /// The files of variables: those that are named, then .env, where it is.
    pub fn env_files(&self, project: &Path) -> Vec<PathBuf> {
        let folder = if project.is_dir() { project } else { project.parent().unwrap_or(project) };
        let usual = Some(folder.join(".env")).filter(|file| file.is_file());
        self.serving.env_file.iter().cloned().chain(usual).collect()
    }
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    serve(context, args.serving, Mode { build: true, watch: true, record: true }).await
}

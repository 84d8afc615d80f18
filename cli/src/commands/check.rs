//! `flux check`.

use std::process::ExitCode;

use flux_host::section::Purpose;
use flux_runtime::{ConfigError, Project};

use crate::context::Context;
use crate::errors::{self, as_api};
use crate::printer;

/// Check flux.toml, and everything else that a run needs
///
/// Prints every mistake at once, each with its line and a hint. Builds, opens and starts nothing.
///
/// Exit status: 0 no mistakes; 1 mistakes were found.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux check\n  flux check --text      in CI, where no secret is set\n  flux check --json | jq -r '.[].message'"
)]
pub struct Args {
    /// Check only what flux.toml says: not whether secrets, folders and files are there
    #[arg(long)]
    text: bool,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let purpose = if args.text { Purpose::Read } else { Purpose::Run };
    match Project::read_for(purpose, &context.project) {
        Ok(_) if context.json => context.print_json_list(&[] as &[flux_api::Mistake])?,
        Ok(project) => printer::text(&format!("{} is fine\n", project.file.display()))?,
        Err(ConfigError::Wrong { path, mistakes }) if context.json => {
            let mistakes: Vec<_> = mistakes.iter().map(|mistake| as_api(&path, mistake)).collect();
            context.print_json_list(&mistakes)?;
            return Ok(ExitCode::FAILURE);
        }
        Err(ConfigError::Wrong { path, mistakes }) => {
            errors::print_mistakes(&path, &mistakes);
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

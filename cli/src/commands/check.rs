//! `flux check`.

mod there;

use std::path::Path;
use std::process::ExitCode;

use flux_api::Severity;
use flux_host::count;
use flux_host::section::{Mistake, Purpose};
use flux_runtime::{ConfigError, Project};

use crate::context::Context;
use crate::errors::{self, as_api};
use crate::printer;

/// Check flux.toml, and everything else that a run needs
///
/// Prints every mistake at once, each with its line and a hint. Builds, opens and starts nothing. Builds that are there
/// are looked into. A warning tells what may be meant so, such as a guest that nothing calls.
///
/// Exit status: 0 no mistakes, maybe with warnings; 1 mistakes were found.
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
    let project = match Project::read_for(purpose, &context.project) {
        Ok(project) => project,
        Err(ConfigError::Wrong { path, mistakes }) => {
            print(context, &path, &mistakes, &[])?;
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    };
    let (mistakes, mut warnings) = if args.text { Default::default() } else { there::check(&project)? };
    warnings.extend(project.warnings.iter().cloned());
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    print(context, &project.file, &mistakes, &warnings)?;
    Ok(if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(context: &Context, file: &Path, mistakes: &[Mistake], warnings: &[Mistake]) -> anyhow::Result<()> {
    if context.json {
        let found = mistakes.iter().map(|mistake| as_api(file, mistake, Severity::Error));
        let found = found.chain(warnings.iter().map(|warning| as_api(file, warning, Severity::Warning)));
        return Ok(context.print_json_list(&found.collect::<Vec<_>>())?);
    }
    errors::print_warnings(file, warnings);
    match (mistakes, warnings) {
        ([], []) => Ok(printer::text(&format!("{} is fine\n", file.display()))?),
        ([], warnings) => {
            let warnings = count(warnings.len(), "warning");
            Ok(printer::text(&format!("{} has no mistakes, and {warnings}\n", file.display()))?)
        }
        _ => {
            errors::print_mistakes(file, mistakes);
            Ok(())
        }
    }
}

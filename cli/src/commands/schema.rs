//! `flux schema`.

use std::process::ExitCode;

use crate::printer;

/// Print the JSON Schema of flux.toml, for editors
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run() -> anyhow::Result<ExitCode> {
    printer::json(&flux_runtime::config::schema())?;
    Ok(ExitCode::SUCCESS)
}

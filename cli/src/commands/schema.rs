//! `flux schema`.

mod markdown;

use std::process::ExitCode;

use flux_runtime::Catalog;

use crate::context::Context;
use crate::printer;

/// Print the JSON Schema of flux.toml, for editors
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the reference page of flux.toml instead: every table and key, in Markdown
    #[arg(long)]
    markdown: bool,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let schema = Catalog::builtin().schema();
    match args.markdown {
        true => printer::text(&markdown::page(&schema))?,
        false => context.print_json(&schema)?,
    }
    Ok(ExitCode::SUCCESS)
}

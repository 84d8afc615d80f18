//! `flux guests`.

use std::process::ExitCode;

use flux_api::GuestVersion;
use flux_runtime::Operations;

use crate::context::Context;
use crate::printer;
use crate::table::Column;

const COLUMNS: [Column; 4] =
    [Column::cut("NAME"), Column::keep("DIGEST"), Column::keep("BYTES"), Column::drop("FIRST SEEN")];

/// List the guests that ran here: every build by its digest, newest first
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The beginning of a digest names a build, and NAME@previous the build before: flux replay --last 20 --against shop@previous"
)]
pub struct Args {}

pub async fn run(context: &Context, _: &Args) -> anyhow::Result<ExitCode> {
    let guests = Operations::open(&context.project)?.guests().await?;
    match context.json {
        true => context.print_json_list(&guests)?,
        false => printer::table(&COLUMNS, &guests.iter().map(row).collect::<Vec<_>>())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn row(guest: &GuestVersion) -> Vec<String> {
    let digest = guest.digest.chars().take(12).collect();
    vec![guest.name.clone(), digest, guest.size.to_string(), guest.first_seen.clone()]
}

//! `flux guests`.

use std::process::ExitCode;

use flux_runtime::{Archive, Project};
use serde_json::json;

use crate::{Context, printer, time};

/// List the guests that ran here: every build by its digest, newest first
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(context: &Context, _: &Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let guests = Archive::open(&project).await?.guests().await?;
    if context.json {
        let items: Vec<_> = guests
            .iter()
            .map(|guest| {
                json!({ "name": guest.name, "digest": guest.digest.to_string(), "size": guest.size,
                        "firstSeen": time::at(guest.first_seen_ns) })
            })
            .collect();
        printer::json(&json!(items))?;
    } else {
        let row = |guest: &flux_store::GuestVersion| {
            let digest = guest.digest.to_string()[..12].to_owned();
            vec![guest.name.clone(), digest, guest.size.to_string(), time::at(guest.first_seen_ns)]
        };
        let rows: Vec<_> = guests.iter().map(row).collect();
        printer::table(&["NAME", "DIGEST", "BYTES", "FIRST SEEN"], &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

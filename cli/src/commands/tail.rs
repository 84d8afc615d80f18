//! `flux tail`.

use std::process::ExitCode;
use std::time::Duration;

use flux_runtime::{Archive, Follower, Project};
use flux_store::{Selection, Summary};
use serde_json::{Value, json};

use crate::select::Select;
use crate::{Context, printer, time};

/// How often --follow looks for more.
const LOOK: Duration = Duration::from_millis(300);
/// How many are shown unless it is said.
const SHOWN: u32 = 20;

/// Show what happened last, with no instrumentation in the guest
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Without --last, the newest 20
    #[command(flatten)]
    select: Select,
    /// Go on showing executions as they end
    #[arg(short, long)]
    follow: bool,
}

pub async fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let mut selection = args.select.selection();
    selection.last = selection.last.or(Some(SHOWN));
    // Before the list is read: what ends meanwhile is in one of both.
    let follower = if args.follow { Some(Follower::begin(&project).await?) } else { None };
    let mut shown = Archive::open(&project).await?.list(&selection).await?;
    shown.reverse();
    print(&shown, context.json, true)?;
    if let Some(mut follower) = follower {
        // What still runs is shown again when it has ended.
        let ended = shown.iter().filter(|summary| summary.outcome != "running");
        ended.for_each(|summary| follower.skip(summary.id));
        follow(follower, context.json, &selection).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what ends, until the command is interrupted or nobody reads it.
async fn follow(mut follower: Follower, as_json: bool, selection: &Selection) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(LOOK).await;
        print(&follower.look(selection).await?, as_json, false)?;
    }
}

fn print(summaries: &[Summary], as_json: bool, heading: bool) -> std::io::Result<()> {
    if as_json {
        return summaries.iter().try_for_each(|summary| printer::json_line(&as_value(summary)));
    }
    let names: &[&str] = &["ID", "STARTED", "TRIGGER", "STATUS", "TIME", "CALLS", "GUEST"];
    let rows: Vec<_> = summaries.iter().map(row).collect();
    match heading {
        true => printer::table(names, &rows),
        false => printer::rows(&rows),
    }
}

fn row(summary: &Summary) -> Vec<String> {
    vec![
        short_id(summary),
        time::at(summary.started_ns),
        format!("{} {}", summary.kind, summary.name),
        status(summary),
        time::span(summary.elapsed_ns),
        summary.calls.to_string(),
        summary.guest.to_string()[..8].to_owned(),
    ]
}

/// Ids of one minute begin alike: their end tells them apart, and every command takes it.
fn short_id(summary: &Summary) -> String {
    summary.id.simple().to_string()[20..].to_owned()
}

fn status(summary: &Summary) -> String {
    match (summary.status, summary.outcome.as_str(), summary.failed) {
        (Some(status), "returned", _) => status.to_string(),
        (None, "returned", true) => "not done".to_owned(),
        (None, "returned", false) => "done".to_owned(),
        (_, outcome, _) => outcome.to_owned(),
    }
}

pub fn as_value(summary: &Summary) -> Value {
    json!({
        "id": summary.id, "parent": summary.parent, "kind": summary.kind, "name": summary.name,
        "guest": summary.guest.to_string(), "started": time::at(summary.started_ns),
        "elapsedNs": summary.elapsed_ns, "outcome": summary.outcome, "status": summary.status,
        "failed": summary.failed, "calls": summary.calls, "journalBytes": summary.journal_len,
    })
}

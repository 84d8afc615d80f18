//! `flux tail`.

use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use flux_api::Execution;
use flux_runtime::{Following, Operations};

use crate::context::Context;
use crate::printer::ListForm;
use crate::select::Select;
use crate::table::Column;
use crate::{printer, time};

/// How often --follow looks for more.
const LOOK: Duration = Duration::from_millis(300);
/// How many are shown unless it is said.
const SHOWN: u32 = 20;

const COLUMNS: [Column; 7] = [
    Column::keep("ID"),
    Column::drop("STARTED"),
    Column::cut("TRIGGER"),
    Column::keep("STATUS"),
    Column::drop("TIME"),
    Column::drop("CALLS"),
    Column::drop("GUEST"),
];

/// Show the latest executions
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux tail\n  flux tail --follow --failed\n  flux tail --route 'POST /orders' --since 1h\n\
    The end of an id, as it is shown, names the execution: flux trace 3f9a41c2b7d0"
)]
pub struct Args {
    /// Without --last, the newest 20
    #[command(flatten)]
    select: Select,
    /// Go on showing executions as they end
    #[arg(short, long)]
    follow: bool,
}

pub async fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let operations = Operations::open(&context.project)?;
    let mut selection = args.select.selection();
    selection.last = selection.last.or(Some(SHOWN));
    let query = operations.query(selection, args.select.filter.guest.as_deref()).await?;
    // Before the list is read: what ends meanwhile is in one of both.
    let following = if args.follow { Some(operations.follow(query.clone()).await?) } else { None };
    let mut shown = operations.executions(&query).await?;
    shown.reverse();
    match (context.json, context.list) {
        (true, Some(ListForm::Array)) if !args.follow => printer::json_list(ListForm::Array, &shown)?,
        (true, _) => printer::json_list(ListForm::Lines, &shown)?,
        (false, _) => printer::table(&COLUMNS, &shown.iter().map(row).collect::<Vec<_>>())?,
    }
    if shown.is_empty() && !context.json && !args.follow {
        printer::note(nothing(&args.select));
    }
    if let Some(mut following) = following {
        // What still runs is shown again when it has ended.
        let ended = shown.iter().filter(|execution| execution.outcome != "running");
        ended.for_each(|execution| following.skip(execution));
        follow(following, context.json).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what ends, until the command is interrupted or nobody reads it.
async fn follow(mut following: Following, as_json: bool) -> anyhow::Result<()> {
    let mut gone = pin!(printer::reader_gone());
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            gone = &mut gone => return Err(gone.into()),
        }
        let ended = following.look().await?;
        match as_json {
            true => printer::json_list(ListForm::Lines, &ended)?,
            false => printer::rows(&COLUMNS, &ended.iter().map(row).collect::<Vec<_>>())?,
        }
    }
}

/// What an empty list means.
fn nothing(select: &Select) -> &'static str {
    match select.filter.is_some() || select.filter.guest.is_some() {
        true => "no execution fits; hint: see all of them: flux tail",
        false => "nothing ran here yet; hint: start the app with flux up, and send it a request",
    }
}

fn row(execution: &Execution) -> Vec<String> {
    vec![
        short_id(&execution.id),
        execution.started.clone(),
        format!("{} {}", execution.kind, execution.name),
        status(execution),
        if execution.outcome == "interrupted" { "-".to_owned() } else { time::span(execution.elapsed_ns) },
        execution.calls.to_string(),
        execution.guest.chars().take(8).collect(),
    ]
}

/// Ids of one minute begin alike: their end tells them apart, and every command takes it.
fn short_id(id: &str) -> String {
    id.rsplit('-').next().unwrap_or(id).to_owned()
}

fn status(execution: &Execution) -> String {
    match (execution.status, execution.outcome.as_str(), execution.failed) {
        (Some(status), "returned", _) => status.to_string(),
        (None, "returned", true) => "not done".to_owned(),
        (None, "returned", false) => "done".to_owned(),
        (Some(status), outcome, _) => format!("{status} {outcome}"),
        (None, outcome, _) => outcome.to_owned(),
    }
}

//! `flux records`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use flux_host::count;
use flux_runtime::{Operations, Pruned};
use flux_store::Retention;
use serde_json::json;

use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::select::{Select, progress};
use crate::time;

/// Export recordings, or delete old ones
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux records export --failed --since 1d --to failures/\n  flux replay failures/ --against new.wasm\n  \
    flux records prune --older-than 30days --keep-failed 90days --yes"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write recordings to a folder, a file each (ID.fluj) that only you can read: flux replay --against and
    /// flux trace read them anywhere, also where there is no flux.toml
    Export {
        #[command(flatten)]
        select: Select,
        /// The folder; it is made if it is missing
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Delete the recordings that [record.retention], or these options, do not keep
    Prune {
        /// Executions older than this, such as 30days
        #[arg(long, value_name = "TIME", value_parser = time::length)]
        older_than: Option<Duration>,
        /// Failures stay until they are older than this
        #[arg(long, value_name = "TIME", value_parser = time::length)]
        keep_failed: Option<Duration>,
        /// All but the newest N
        #[arg(long, value_name = "N")]
        keep: Option<u64>,
        /// Do it; without this, it is only said how many would go
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let operations = Operations::open(&context.project)?;
    match args.verb {
        Verb::Export { select, to } => export(context, &operations, &select, &to).await?,
        Verb::Prune { older_than, keep_failed, keep, yes } => {
            let retention = Retention { max_age: older_than, keep_failed, max_count: keep };
            if !yes {
                refuse_to_delete(&operations.prunable(retention.clone()).await?)?;
            }
            prune(context, &operations, retention).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(
    context: &Context,
    operations: &Operations,
    select: &Select,
    to: &Path,
) -> anyhow::Result<()> {
    let query = operations.query(select.selection(), select.filter.guest.as_deref()).await?;
    let mut bar = None;
    let look = |looked, of| bar.get_or_insert_with(|| progress("exporting", of)).set_position(looked);
    let exported = operations.export(&query, to, look).await;
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    let (exported, bytes) = exported.map(|it| (it.count, it.bytes))?;
    match context.json {
        true => context.print_json(&json!({ "exported": exported, "bytes": bytes, "folder": to }))?,
        false => printer::text(&format!(
            "{}, {}, in {}\n",
            count(exported, "recording"),
            count(bytes, "byte"),
            to.display()
        ))?,
    }
    Ok(())
}

/// Recordings are gone for good: whoever deletes some says that this is meant.
fn refuse_to_delete(prunable: &Pruned) -> Result<(), CliError> {
    if prunable.executions == 0 {
        return Ok(());
    }
    let (executions, bytes) = (count(prunable.executions, "execution"), count(prunable.bytes, "byte"));
    let message = format!("{executions} would be deleted for good, {bytes} of journals");
    Err(CliError::new(message, "if that is meant, run the same command with --yes"))
}

async fn prune(context: &Context, operations: &Operations, retention: Retention) -> anyhow::Result<()> {
    let pruned = operations.prune(retention).await?;
    match context.json {
        true => context.print_json(&json!({ "executions": pruned.executions, "bytes": pruned.bytes }))?,
        false => {
            let (executions, bytes) = (count(pruned.executions, "execution"), count(pruned.bytes, "byte"));
            printer::text(&format!("deleted {executions}, {bytes} of journals\n"))?;
        }
    }
    Ok(())
}

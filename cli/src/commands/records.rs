//! `flux records`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use flux_host::{Environment, System};
use flux_runtime::{Archive, Project, open_records};
use flux_store::{Retention, private};
use serde_json::json;

use crate::errors::CliError;
use crate::select::{Select, progress};
use crate::{Context, printer};

/// Export recordings, or delete old ones
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux records export --failed --since 1d --to failures/\n  flux replay failures/ --against new.wasm\n  \
    flux records prune --older-than 30days --keep-failed 90days"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write recordings to a folder, a file each (ID.fluj) that only you can read: flux replay and flux trace
    /// read them anywhere
    Export {
        #[command(flatten)]
        select: Select,
        /// The folder; it is made if it is missing
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Delete what retention does not keep: that of [record.retention], or of these options
    Prune {
        /// Executions older than this, such as 30days
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        older_than: Option<Duration>,
        /// Failures stay until they are older than this
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        keep_failed: Option<Duration>,
        /// All but the newest N
        #[arg(long, value_name = "N")]
        keep: Option<u64>,
    },
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    match args.verb {
        Verb::Export { select, to } => export(context, &project, &select, &to).await?,
        Verb::Prune { older_than, keep_failed, keep } => {
            let given = Retention { max_age: older_than, keep_failed, max_count: keep };
            prune(context, &project, given).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(context: &Context, project: &Project, select: &Select, to: &Path) -> anyhow::Result<()> {
    let archive = Archive::open(project).await?;
    let found = archive.list(&select.selection()).await?;
    private::make_folder(to).with_context(|| format!("cannot make {}", to.display()))?;
    let bar = progress("exporting", found.len() as u64);
    let (mut count, mut bytes) = (0_u64, 0);
    // One at a time: of a million recordings, one is in memory.
    for summary in found.iter().filter(|summary| summary.outcome != "running") {
        if let Some(journal) = archive.journal(summary.id).await? {
            let file = to.join(format!("{}.fluj", summary.id));
            private::write(&file, &journal).with_context(|| format!("cannot write {}", file.display()))?;
            count += 1;
            bytes += journal.len();
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    match context.json {
        true => printer::json(&json!({ "exported": count, "bytes": bytes, "folder": to }))?,
        false => printer::text(&format!("{count} recordings, {bytes} bytes, in {}\n", to.display()))?,
    }
    Ok(())
}

async fn prune(context: &Context, project: &Project, given: Retention) -> anyhow::Result<()> {
    let retention = match given == Retention::default() {
        true => project.config.record.retention.retention(),
        false => given,
    };
    if retention == Retention::default() {
        let hint = "say it here (--older-than 30days), or in [record.retention]: max-age = \"30days\"";
        return Err(CliError::new("nothing says what to delete", hint).into());
    }
    let pruned = open_records(project).await?.prune(&retention, System::new().now_ns()).await?;
    match context.json {
        true => printer::json(&json!({ "executions": pruned.executions, "bytes": pruned.bytes }))?,
        false => {
            let text =
                format!("{} executions, {} bytes of journals are gone\n", pruned.executions, pruned.bytes);
            printer::text(&text)?;
        }
    }
    Ok(())
}

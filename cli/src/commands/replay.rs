//! `flux replay`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use flux_runtime::{Archive, Project, ReplayedExecution, Replayer};
use tokio::task::JoinSet;

use crate::commands::trace;
use crate::errors::CliError;
use crate::report::{Replays, human, json, junit};
use crate::select::{Select, progress};
use crate::{Context, printer};

/// Re-run recorded executions with no IO, against the code that ran or any other build of it
///
/// Exit status: 0 all identical, equivalent or fixed; 1 otherwise; 2 the replay could not run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux replay --last 20\n  flux replay --since 1h --status 5xx --against target/new.wasm\n  \
    flux replay 3f9a41c2b7d0 --against new.wasm --json"
)]
pub struct Args {
    /// Ids (or six digits of their beginning or end), recordings (*.fluj), folders of recordings
    what: Vec<String>,
    /// A component to replay against; without it, the code that ran
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    #[command(flatten)]
    select: Select,
    /// How many at once
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// Also write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let parallel =
        args.jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let replayer = Arc::new(Replayer::open(&project, args.against.as_deref(), parallel)?);
    let journals = journals(&project, &args).await?;
    if journals.is_empty() {
        return Err(CliError::new("no execution fits", "see what there is: flux tail").into());
    }
    let replays = replay_all(&replayer, journals, parallel.max(1)).await?;
    let replays = Replays { against: replayer.against(), executions: replays };
    if let Some(file) = &args.junit {
        std::fs::write(file, junit(&replays)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    match context.json {
        true => printer::json(&json(&replays))?,
        false => printer::text(&human(&replays))?,
    }
    Ok(if replays.pass() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A journal and what to call it.
type Named = (String, Vec<u8>);

async fn journals(project: &Project, args: &Args) -> anyhow::Result<Vec<Named>> {
    if args.what.is_empty() && !args.select.is_some() {
        return Err(CliError::new(
            "nothing is selected",
            "name executions, or select: flux replay --last 20",
        )
        .into());
    }
    let archive = Archive::open(project).await?;
    let mut found = Vec::new();
    for what in &args.what {
        match Path::new(what) {
            path if path.is_dir() => found.extend(folder(path)?),
            path if path.is_file() => found.push(file(path)?),
            _ => {
                let id = trace::find(&archive, what).await?;
                let journal = archive.journal(id).await?;
                found.extend(journal.map(|journal| (id.to_string(), journal)));
            }
        }
    }
    if args.select.is_some() {
        found.extend(selected(&archive, &args.select).await?);
    }
    Ok(found)
}

/// What still runs has no end to compare, and what was interrupted has none either.
async fn selected(archive: &Archive, select: &Select) -> anyhow::Result<Vec<Named>> {
    let mut found = Vec::new();
    for summary in archive.list(&select.selection()).await?.into_iter().rev() {
        let ended = !matches!(summary.outcome.as_str(), "running" | "interrupted");
        if ended && let Some(journal) = archive.journal(summary.id).await? {
            found.push((summary.id.to_string(), journal));
        }
    }
    Ok(found)
}

fn folder(path: &Path) -> anyhow::Result<Vec<Named>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "fluj"));
    files.sort();
    files.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> anyhow::Result<Named> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok((path.display().to_string(), bytes))
}

async fn replay_all(
    replayer: &Arc<Replayer>,
    journals: Vec<Named>,
    parallel: usize,
) -> anyhow::Result<Vec<ReplayedExecution>> {
    let bar = progress("replaying", journals.len() as u64);
    let count = journals.len();
    let mut waiting = journals.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut done: Vec<Option<ReplayedExecution>> = Vec::new();
    done.resize_with(count, || None);
    loop {
        while running.len() < parallel
            && let Some((index, (name, journal))) = waiting.next()
        {
            let replayer = replayer.clone();
            running.spawn(async move {
                (index, replayer.replay(journal).await.with_context(|| format!("cannot replay {name}")))
            });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        let (index, replayed) = ended?;
        done[index] = Some(replayed?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(done.into_iter().flatten().collect())
}

//! `flux replay`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use flux_recorder::Recording;
use flux_runtime::{Archive, Project, Replayer, RuntimeError, Target};
use tokio::task::JoinSet;

use crate::Context;
use crate::recordings::{Bytes, Recordings};
use crate::report::{Reporter, Told};
use crate::select::{Select, spinner};

/// Re-run recorded executions with no IO, against the code that ran or any other build of it
///
/// Each execution gets a verdict: identical, equivalent (only what [replay] tolerates differs), fixed (the
/// guest's failure is gone, and every answer was its own), progressed (the failure is gone, and then the code
/// asks for what was never recorded), not compared (the recording ended before its guest did, or every
/// field is ignored), regressed, diverged, blocked.
///
/// Exit status: 0 all identical, equivalent, fixed or progressed; 1 a verdict of another kind; 2 a recording could
/// not run, and all others pass.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux replay --last 20\n  flux replay --since 1h --status 5xx --against target/new.wasm\n  \
    flux replay 3f9a41c2b7d0 --against new.wasm --json\n  flux replay --last 100 --against new.wasm --guest shop"
)]
pub struct Args {
    /// Ids (or six digits of their beginning or end), recordings (*.fluj), folders of recordings
    what: Vec<String>,
    /// A component to replay against; without it, the code that ran
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The guest that --against replaces, as flux.toml has it; executions of others are left out
    #[arg(long, value_name = "NAME", requires = "against")]
    guest: Option<String>,
    #[command(flatten)]
    select: Select,
    /// What was fixed but cannot be followed to its end does not pass
    #[arg(long)]
    strict: bool,
    /// How many at once
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// Read environment variables from a file of NAME=value lines; those that are set already stay
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Also write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let parallel =
        args.jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1).max(1);
    let replayer = Arc::new(Replayer::open(&project, args.against.as_deref(), parallel)?);
    let archive = Archive::open(&project).await?;
    let target = match (replayer.against(), &args.against) {
        (Some(guest), Some(file)) => {
            Some(Target::find(&project, &archive, &**guest, file, args.guest.as_deref()).await?)
        }
        _ => None,
    };
    let recordings = Recordings::find(&archive, &args.what, &args.select).await?;
    let against = replayer.against().map(|guest| guest.digest());
    let mut reporter = Reporter::new(context.json, against, args.junit.as_deref(), args.strict)?;
    let replayed = replay_all(&replayer, recordings, target.as_ref(), parallel, &mut reporter).await;
    // What was told is a whole document, whatever ended the replay.
    let status = reporter.finish()?;
    replayed?;
    Ok(status)
}

/// Several at once, and told in their order: no more are in memory than run or wait for an earlier one.
async fn replay_all(
    replayer: &Arc<Replayer>,
    mut recordings: Recordings<'_>,
    target: Option<&Target>,
    parallel: usize,
    reporter: &mut Reporter,
) -> anyhow::Result<()> {
    let spinner = spinner("replaying");
    let (mut begun, mut told) = (0_usize, 0_usize);
    let mut running = JoinSet::new();
    let mut done: BTreeMap<usize, Told> = BTreeMap::new();
    let mut more = true;
    loop {
        while more && running.len() < parallel && begun - told < 4 * parallel {
            let Some(recording) = recordings.next().await? else {
                more = false;
                break;
            };
            match read(recording, target) {
                Err(result) => drop(done.insert(begun, *result)),
                Ok((name, recording)) => {
                    drop(running.spawn(replay(replayer.clone(), begun, name, recording)))
                }
            }
            begun += 1;
        }
        while let Some(result) = done.remove(&told) {
            spinner.suspend(|| reporter.add(result))?;
            told += 1;
            spinner.set_position(told as u64);
        }
        match running.join_next().await {
            Some(ended) => {
                let (index, result) = ended.context("a replay broke off; this is a bug of Flux")?;
                done.insert(index, result);
            }
            None if more || !done.is_empty() => {}
            None => break,
        }
    }
    reporter.leave_out(recordings.interrupted());
    spinner.finish_and_clear();
    Ok(())
}

/// A recording that can be run; or at once what there is to tell of it.
fn read(bytes: Bytes, target: Option<&Target>) -> Result<(String, Recording), Box<Told>> {
    let Bytes { name, journal } = bytes;
    let recording = journal.and_then(|journal| Ok(Recording::read(journal).map_err(RuntimeError::from)?));
    match recording {
        Err(error) => Err(Box::new(Told::NotRun { name, error })),
        Ok(recording) if target.is_some_and(|target| !target.concerns(&recording.begin)) => {
            Err(Box::new(Told::OtherGuest))
        }
        Ok(recording) => Ok((name, recording)),
    }
}

async fn replay(replayer: Arc<Replayer>, index: usize, name: String, recording: Recording) -> (usize, Told) {
    match replayer.replay(recording).await {
        Ok(replayed) => (index, Told::Replayed(Box::new(replayed))),
        Err(error) => (index, Told::NotRun { name, error: error.into() }),
    }
}

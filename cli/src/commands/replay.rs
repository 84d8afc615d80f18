//! `flux replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use flux_runtime::{Operations, ReplayRequest};

use crate::context::Context;
use crate::report::Reporter;
use crate::select::{Select, spinner};

/// Re-run recorded executions with no IO, against the code that ran or any other build of it
///
/// Each execution gets a verdict: identical, equivalent (only what [replay] tolerates differs), fixed (the
/// guest's failure is gone, and every call got its own recorded result), progressed (the failure is gone, and then
/// the code makes a call that was never recorded), not compared (the recording ended before its guest did, or
/// every field is ignored), regressed, diverged, blocked.
///
/// Exit status: 0 all identical, equivalent, fixed or progressed; 1 a verdict of another kind; 2 a recording could
/// not run, and all others pass.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux replay --last 20\n  flux replay --since 1h --status 5xx --against target/new.wasm\n  \
    flux replay 3f9a41c2b7d0 --against new.wasm --json\n  flux replay --last 100 --against shop@previous\n  \
    flux replay failures/ --against new.wasm         recordings as files, with or without a flux.toml\n\
    With --against, only executions of one guest are replayed: the guest that BUILD is a build of. If Flux cannot \
    tell which guest that is, name it with --guest or --route."
)]
pub struct Args {
    /// Ids (or six digits of their beginning or end), recordings (*.fluj), folders of recordings
    what: Vec<String>,
    /// A build to replay against: a component, a guest's name (as it is built now), NAME@previous, or the beginning of
    /// a digest of flux guests. Without it, the code that ran
    #[arg(long, value_name = "BUILD")]
    against: Option<String>,
    #[command(flatten)]
    select: Select,
    /// Let executions with the verdict progressed not pass
    #[arg(long)]
    strict: bool,
    /// Show each execution and each divergence, even if they look alike
    #[arg(long)]
    all: bool,
    /// How many executions to replay at once
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// Also write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let files_only: &[String] = if args.select.is_some() { &[] } else { &args.what };
    let operations = Operations::open_for(&context.project, files_only)?;
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let request = ReplayRequest {
        selection: args.select.is_some().then(|| args.select.selection()),
        guest: args.select.filter.guest,
        named: args.what,
        against: args.against,
        parallel: args.jobs.unwrap_or_else(processors),
    };
    let replays = operations.replays(&request).await?;
    let reporter = Reporter::new(context.json, replays.against(), args.junit.as_deref(), args.strict)?;
    let mut reporter = reporter.with_all(args.all);
    let spinner = spinner("replaying");
    let replayed = replays
        .run(|told| -> anyhow::Result<()> {
            spinner.suspend(|| reporter.add(told))?;
            spinner.inc(1);
            Ok(())
        })
        .await;
    spinner.finish_and_clear();
    if let Ok(skipped) = &replayed {
        reporter.leave_out(*skipped);
    }
    // What was told is a whole document, whatever ended the replay.
    let status = reporter.finish()?;
    replayed?;
    Ok(status)
}

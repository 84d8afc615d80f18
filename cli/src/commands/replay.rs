//! `flux replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use flux_host::{Environment, System};
use flux_runtime::{Build, Operations, ReplayRequest};

use crate::build::{Options, Progress, Refreshed, for_each, of_project, refresh};
use crate::context::Context;
use crate::printer::{self, ListForm};
use crate::report::Reporter;
use crate::select::{Select, positive, spinner};
use crate::time;

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
    /// A build to replay against: a component, a guest's name (it is built first if its source changed),
    /// NAME@previous, or the beginning of a digest of flux guests. Without it, the code that ran
    #[arg(long, value_name = "BUILD")]
    against: Option<String>,
    /// Replay against the existing build of a guest, even if its source has changed
    #[arg(long, requires = "against")]
    no_build: bool,
    #[command(flatten)]
    select: Select,
    /// Let executions with the verdict progressed not pass
    #[arg(long)]
    strict: bool,
    /// Show each execution and each divergence, even if they look alike
    #[arg(long)]
    all: bool,
    /// How many executions to replay at once
    #[arg(short = 'j', long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    jobs: Option<u32>,
    /// Also write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let files_only: &[String] = if args.select.is_some() { &[] } else { &args.what };
    let operations = Operations::open_for(&context.project, files_only)?;
    let built = match args.against.as_deref().and_then(|name| operations.guest_to_build(name)) {
        Some(guest) if !args.no_build => build(&operations, guest, context.json)?,
        _ => None,
    };
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let request = ReplayRequest {
        selection: args.select.is_some().then(|| args.select.selection()),
        guest: args.select.filter.guest,
        named: args.what,
        against: args.against,
        parallel: args.jobs.map_or_else(processors, |jobs| jobs as usize),
    };
    let replays = operations.replays(&request).await?;
    let digest = replays.against().map(|build| build.digest);
    if let (Some(build), false) = (replays.against(), context.json) {
        printer::note(&told(build, built.as_ref()));
    }
    let form = context.json.then(|| context.list.unwrap_or(ListForm::Array));
    let reporter = Reporter::new(form, digest, args.junit.as_deref(), args.strict)?;
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

/// Builds a guest of flux.toml if its source changed, as `flux run` does; none: it is a component already.
fn build(operations: &Operations, guest: &str, is_quiet: bool) -> anyhow::Result<Option<Refreshed>> {
    let mut orders = of_project(operations.project(), &Options::default());
    orders.retain(|order| order.name == guest && !order.is_built());
    let progress = Progress::new(is_quiet);
    // On a thread of its own: a build waits.
    let built = for_each(&orders, |order| refresh(order, &progress)).pop().transpose();
    built.inspect_err(|_| {
        if !is_quiet && orders.iter().all(|order| order.out.exists()) {
            printer::note("the build before this one is still there: --no-build replays against it");
        }
    })
}

/// Which build it is, and how old: `replaying against orders, build 3f9a41c2b7d0, 2 minutes old`.
fn told(build: &Build, built: Option<&Refreshed>) -> String {
    let digest = build.digest.short();
    let what = match &build.guest {
        Some(guest) => format!("{guest}, build {digest}"),
        None => format!("{}, build {digest}", build.path().display()),
    };
    let age = match (built, build.since_ns) {
        (Some(built), _) if built.is_new => format!(", built in {}", time::span(built.took_ns)),
        (_, Some(since)) => format!(", {}", time::age(System::new().now_ns().saturating_sub(since))),
        _ => String::new(),
    };
    format!("replaying against {what}{age}")
}

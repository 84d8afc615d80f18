//! `flux run`.

mod builds;
mod files;
mod round;
mod serve;
mod serving;
mod setup;
mod signals;
mod sources;
mod start;
mod watch;

use std::process::ExitCode;

use crate::context::Context;
pub use serve::serve;
pub use serving::Serving;
pub use setup::Mode;

/// Serve the project: HTTP requests and jobs, every execution recorded
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Guests whose source changed are built first. On a machine without the languages' tools, or to serve a\n\
    build that was tested before, use flux run --no-build.\n\
    SIGINT or SIGTERM ends it after the running executions have ended. A second signal ends it at once.\n\
    [config] values can be set by the environment: FLUX_CONFIG_PAYMENTS_URL=... for payments_url.\n\n\
    Examples:\n  flux run\n  flux run --watch                  build and swap what changes\n  \
    flux run --no-build --log json    for production\n  flux run --env-file staging.env   also those that .env beside flux.toml does not have"
)]
pub struct Args {
    /// Build and swap guests whose source changes, and take in flux.toml when it changes; no request is dropped.
    /// If a build fails, the error is printed and the old version keeps running
    #[arg(long)]
    watch: bool,
    /// Serve the existing builds, even if the source has changed
    #[arg(long, conflicts_with = "watch")]
    no_build: bool,
    #[command(flatten)]
    serving: Serving,
    /// Record nothing: what recording is measured against in benches/
    #[arg(long, hide = true)]
    unrecorded: bool,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    let mode = Mode { build: !args.no_build, watch: args.watch, record: !args.unrecorded };
    serve(context, args.serving, mode).await
}

//! `flux up`.

use std::process::ExitCode;

use crate::commands::run::{Mode, Serving, serve};
use crate::context::Context;

/// Develop: build, migrate, run, rebuild what changes, and show the log
#[derive(Debug, clap::Args)]
#[command(after_help = "The same as flux run --watch.\n\n\
    Examples:\n  flux up\n  flux up --listen 127.0.0.1:3000\n  flux up --quiet        failures only")]
pub struct Args {
    #[command(flatten)]
    serving: Serving,
}

pub async fn run(context: &Context, args: Args) -> anyhow::Result<ExitCode> {
    serve(context, args.serving, Mode { build: true, watch: true, record: true }).await
}

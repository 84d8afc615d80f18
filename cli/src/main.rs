//! `flux`: build, run, record and replay guests behind one recorded boundary.

mod build;
mod commands;
mod errors;
mod printer;
mod recordings;
mod report;
mod select;
mod time;
mod umask;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    add, build as build_command, completions, guests, keys, new, queue, records, replay, run, scan, schema,
    tail, trace,
};

/// Runs guests of any language behind one recorded boundary, and replays what they did against any
/// other build of them, with no IO.
#[derive(Debug, Parser)]
#[command(
    name = "flux",
    version,
    after_help = "Start here:\n  flux new hello && cd hello && flux run\n  \
    curl -i http://127.0.0.1:8080/hello/Ada\n  flux tail\n  flux replay --last 20 --against other.wasm"
)]
struct Cli {
    /// The project's folder, or its flux.toml
    #[arg(short = 'C', long, global = true, default_value = ".", env = "FLUX_PROJECT")]
    project: PathBuf,
    /// One JSON document instead of tables (a line per item where the output does not end)
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Add(add::Args),
    Build(build_command::Args),
    Run(run::Args),
    Tail(tail::Args),
    Trace(trace::Args),
    Guests(guests::Args),
    Keys(keys::Args),
    Queue(queue::Args),
    Records(records::Args),
    Replay(replay::Args),
    Scan(scan::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

/// What every command is given besides its own arguments.
#[derive(Debug)]
struct Context {
    project: PathBuf,
    json: bool,
}

fn main() -> ExitCode {
    #[cfg(feature = "v8")]
    // SAFETY: no other thread runs yet.
    unsafe {
        // V8 has no other place to read the time zone from; and a guest's is UTC, as a component's.
        std::env::set_var("TZ", "UTC");
    }
    let Cli { project, json, command } = Cli::parse();
    let context = Context { project, json };
    // A new project is source like any other. All else that is written holds what users sent, or lies
    // beside it, down to what a language's own tools leave.
    if !matches!(command, Command::New(_)) {
        umask::make_private();
    }
    // 1 means that code diverged, or that something was found.
    let failure = if matches!(command, Command::Replay(_) | Command::Scan(_)) { 2 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(dispatch(&context, command)));
    match result {
        Ok(status) => status,
        Err(error) => {
            errors::print(&error, json);
            ExitCode::from(failure)
        }
    }
}

async fn dispatch(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::New(args) => new::run(context, &args),
        Command::Add(args) => add::run(context, &args),
        Command::Build(args) => build_command::run(context, &args),
        Command::Run(args) => run::run(context, args).await,
        Command::Tail(args) => tail::run(context, &args).await,
        Command::Trace(args) => trace::run(context, &args).await,
        Command::Guests(args) => guests::run(context, &args).await,
        Command::Keys(args) => keys::run(context, &args),
        Command::Queue(args) => queue::run(context, args).await,
        Command::Records(args) => records::run(context, args).await,
        Command::Replay(args) => replay::run(context, args).await,
        Command::Scan(args) => scan::run(context, &args).await,
        Command::Schema(_) => schema::run(),
        Command::Completions(args) => completions::run::<Cli>(&args),
    }
}

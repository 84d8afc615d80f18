//! `flux`: build, run, record and replay guests behind one recorded boundary.

mod build;
mod commands;
mod context;
mod env_file;
mod errors;
mod log;
mod printer;
mod report;
mod select;
mod table;
mod time;
mod umask;
mod usage;
mod wrap;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    add, build as build_command, check, completions, doctor, explain, guests, keys, new, queue, records,
    replay, run, scan, schema, tail, trace, up,
};
use crate::context::Context;
use crate::printer::{ListForm, ReaderGone};

/// What a shell says of a command that SIGPIPE ended: 128 and the signal's number.
const READER_GONE: u8 = 141;

/// Runs guests of any language behind one recorded boundary, and replays what they did against any
/// other build of them, with no IO.
#[derive(Debug, Parser)]
#[command(
    name = "flux",
    version,
    after_help = "Start here:\n  flux new hello && cd hello && flux up\n  \
    curl -i http://127.0.0.1:8080/hello/Ada\n  flux tail\n  flux replay --last 20 --against other.wasm"
)]
struct Cli {
    /// The project's folder, or its flux.toml
    #[arg(short = 'C', long, global = true, default_value = ".", env = "FLUX_PROJECT")]
    project: PathBuf,
    /// Print JSON instead of tables. A list is one array, but flux tail prints a line per item, since --follow
    /// never ends. --json=lines and --json=array choose the form
    #[arg(long, global = true, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true)]
    json: Option<Option<ListForm>>,
    #[command(flatten)]
    variables: env_file::Args,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Add(add::Args),
    Build(build_command::Args),
    Check(check::Args),
    Run(run::Args),
    Up(up::Args),
    Tail(tail::Args),
    Trace(trace::Args),
    Guests(guests::Args),
    Keys(keys::Args),
    Queue(queue::Args),
    Records(records::Args),
    Replay(replay::Args),
    Scan(scan::Args),
    Doctor(doctor::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

impl Command {
    /// Whether it looks at what flux.toml leads to: secrets, addresses and values may be in environment variables.
    fn reads_variables(&self) -> bool {
        match self {
            Self::Check(_)
            | Self::Run(_)
            | Self::Up(_)
            | Self::Tail(_)
            | Self::Trace(_)
            | Self::Guests(_) => true,
            Self::Keys(_) | Self::Queue(_) | Self::Records(_) | Self::Replay(_) | Self::Scan(_) => true,
            Self::Doctor(_) => true,
            Self::New(_) | Self::Add(_) | Self::Build(_) | Self::Explain(_) | Self::Schema(_) => false,
            Self::Completions(_) => false,
        }
    }
}

fn main() -> ExitCode {
    #[cfg(feature = "v8")]
    // SAFETY: no other thread runs yet.
    unsafe {
        // V8 has no other place to read the time zone from; and a guest's is UTC, as a component's.
        std::env::set_var("TZ", "UTC");
    }
    let Cli { project, json, variables, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::print(&error),
    };
    let context = Context { project, json: json.is_some(), list: json.flatten() };
    // A new project is source like any other. All else that is written holds what users sent, or lies
    // beside it, down to what a language's own tools leave.
    if !matches!(command, Command::New(_)) {
        umask::make_private();
    }
    // 1 means that code diverged, or that something was found.
    let failure = if matches!(command, Command::Replay(_) | Command::Scan(_)) { 2 } else { 1 };
    let files = variables.files(&context.project, command.reads_variables());
    let result = set_variables(&files).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let status = runtime.block_on(dispatch(&context, command));
        // A server that was told to end at once leaves work behind, on any thread: nobody waits for it.
        runtime.shutdown_background();
        status
    });
    match result {
        Ok(status) => status,
        // Not 0: whoever asks for the status of a replay must not take half a report for a good one.
        Err(error) if ReaderGone::is_cause_of(&error) => ExitCode::from(READER_GONE),
        Err(error) => {
            errors::print(&error, context.json);
            ExitCode::from(failure)
        }
    }
}

fn set_variables(files: &[PathBuf]) -> anyhow::Result<()> {
    for (name, value) in env_file::read(files)? {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var(name, value) };
    }
    Ok(())
}

async fn dispatch(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::New(args) => new::run(context, &args),
        Command::Add(args) => add::run(context, &args),
        Command::Build(args) => build_command::run(context, &args),
        Command::Check(args) => check::run(context, &args),
        Command::Run(args) => run::run(context, args).await,
        Command::Up(args) => up::run(context, args).await,
        Command::Tail(args) => tail::run(context, &args).await,
        Command::Trace(args) => trace::run(context, &args).await,
        Command::Guests(args) => guests::run(context, &args).await,
        Command::Keys(args) => keys::run(context, &args),
        Command::Doctor(args) => doctor::run(context, &args).await,
        Command::Explain(args) => explain::run(context, &args),
        Command::Queue(args) => queue::run(context, args).await,
        Command::Records(args) => records::run(context, args).await,
        Command::Replay(args) => replay::run(context, args).await,
        Command::Scan(args) => scan::run(context, &args).await,
        Command::Schema(args) => schema::run(context, &args),
        Command::Completions(args) => completions::run::<Cli>(&args),
    }
}

//! `flux keys`.

use std::process::ExitCode;
use std::time::Duration;

use flux_host::{Environment, Hint, System, printable};
use flux_runtime::{KeyFile, KeyRing, KeysError, Project};
use flux_store::private;
use serde_json::json;

use crate::errors::CliError;
use crate::{Context, printer, time};

/// List, rotate and forget the keys under which redacted values are hashed
///
/// Equal values have equal tokens under one key, so replays match, and nobody without the key can try
/// values against tokens. The keys are in a file of their own, by default redaction.keys in the data
/// folder, never in the record store. They are never shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux keys list\n  flux keys rotate\n  flux keys rotate --after 10m\n  flux keys forget 5b1e09aa --yes"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the keys, the oldest first
    List,
    /// Add a key; running servers take it by themselves. Older recordings go on matching under their own
    Rotate {
        /// When it becomes valid: time for all servers to have it, which look once a second
        #[arg(long, value_name = "TIME", default_value = "60s", value_parser = soon)]
        after: Duration,
    },
    /// Take a retired key away: its tokens can never be matched against a value again
    Forget {
        /// The key, as flux keys list has it
        id: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

/// A wait for a key: its time is kept in nanoseconds, of which there are enough until the year 2554.
fn soon(text: &str) -> Result<Duration, String> {
    let wait = humantime::parse_duration(text).map_err(|why| why.to_string())?;
    let most = Duration::from_secs(400 * 366 * 24 * 60 * 60);
    if wait > most { Err("it is longer than 400 years".to_owned()) } else { Ok(wait) }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let file = project.key_file();
    if file.path().starts_with(project.data()) && file.path().exists() {
        private::create_and_tighten(&project.data())?;
    }
    let system = System::new();
    let ring = match &args.command {
        Command::List => file.read(),
        Command::Rotate { after } => file.rotate(*after, &system),
        Command::Forget { id, yes: true } => file.forget(id, &system),
        Command::Forget { id, yes: false } => {
            let message =
                format!("recordings made under the key '{id}' can then be matched with no new value");
            return Err(CliError::new(
                message,
                format!("if that is meant: flux keys forget {} --yes", printable(id)),
            )
            .into());
        }
    };
    print(context, &file, &ring.map_err(with_hint)?, system.now_ns())?;
    Ok(ExitCode::SUCCESS)
}

/// The causes are part of the message: what the command prints beside it is one hint.
fn with_hint(error: KeysError) -> CliError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    let message = format!("{error}{}", cause.unwrap_or_default());
    CliError::new(message, error.hint().unwrap_or_default())
}

fn print(context: &Context, file: &KeyFile, ring: &KeyRing, now_ns: u64) -> std::io::Result<()> {
    let used = ring.at(now_ns).map(|key| key.id.clone()).unwrap_or_default();
    let state = |key: &flux_runtime::Key| match () {
        () if key.id == used => "in use",
        () if key.from_ns > now_ns => "next",
        () => "retired",
    };
    if context.json {
        let key = |key: &flux_runtime::Key| json!({ "id": key.id, "from": time::at(key.from_ns), "state": state(key) });
        let keys: Vec<_> = ring.keys().iter().map(key).collect();
        return printer::json(&json!({ "file": file.path().display().to_string(), "keys": keys }));
    }
    let from = |ns| if ns == 0 { "the beginning".to_owned() } else { time::at(ns) };
    let row = |key: &flux_runtime::Key| vec![key.id.clone(), from(key.from_ns), state(key).to_owned()];
    let rows: Vec<_> = ring.keys().iter().map(row).collect();
    printer::table(&["ID", "FROM", "STATE"], &rows)
}

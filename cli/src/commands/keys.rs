//! `flux keys`.

use std::process::ExitCode;
use std::time::Duration;

use flux_api::{Key, Keys};
use flux_runtime::{Operations, shell_word};

use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::table::Column;
use crate::time;

const COLUMNS: [Column; 3] = [Column::keep("ID"), Column::cut("FROM"), Column::keep("STATE")];
/// From when the first key is valid.
const BEGINNING: &str = "1970-01-01T00:00:00.000Z";

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
    /// Add a key. Running servers load it by themselves, and older recordings keep their own key
    Rotate {
        /// When the key becomes valid. Servers look once a second; give all of them time to load it
        #[arg(long, value_name = "TIME", default_value = "60s", value_parser = soon)]
        after: Duration,
    },
    /// Delete a retired key: its tokens can never be matched against a value again
    Forget {
        /// The key's id, as flux keys list shows it
        id: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

/// A wait for a key: its time is kept in nanoseconds, of which there are enough until the year 2554.
fn soon(text: &str) -> Result<Duration, String> {
    let wait = time::length(text)?;
    let most = Duration::from_secs(400 * 366 * 24 * 60 * 60);
    if wait > most { Err("it is longer than 400 years".to_owned()) } else { Ok(wait) }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let operations = Operations::open(&context.project)?;
    let keys = match &args.command {
        Command::List => operations.keys()?,
        Command::Rotate { after } => operations.rotate_key(*after)?,
        Command::Forget { id, yes: true } => operations.forget_key(id)?,
        Command::Forget { id, yes: false } => {
            let message = format!(
                "without the key '{id}', recordings made under it can never be matched with a new value"
            );
            let hint = format!("if that is meant: flux keys forget {} --yes", shell_word(id));
            return Err(CliError::new(message, hint).into());
        }
    };
    print(context, &keys)?;
    Ok(ExitCode::SUCCESS)
}

fn print(context: &Context, keys: &Keys) -> std::io::Result<()> {
    if context.json {
        return context.print_json(keys);
    }
    if keys.keys.is_empty() {
        printer::note("there is no key yet: the first flux run makes one, or: flux keys rotate");
    }
    let from = |key: &Key| if key.from == BEGINNING { "the beginning".to_owned() } else { key.from.clone() };
    let row = |key: &Key| vec![key.id.clone(), from(key), key.state.name().to_owned()];
    printer::table(&COLUMNS, &keys.keys.iter().map(row).collect::<Vec<_>>())
}

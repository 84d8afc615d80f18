//! Which executions a command is about: the same options for all.

use std::io::IsTerminal;
use std::time::Duration;

use flux_host::{Environment, System};
use flux_store::{Selection, StatusRange};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::time;

/// A selection of executions.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Select {
    /// The newest N executions
    #[arg(short = 'n', long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    pub last: Option<u32>,
    #[command(flatten)]
    pub filter: Filter,
}

/// What the executions of a selection have in common.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Filter {
    /// Executions of a guest, by its name in flux.toml
    #[arg(long, value_name = "NAME")]
    pub guest: Option<String>,
    /// Executions of this last period, such as 1h or 30m
    #[arg(long, value_name = "TIME", value_parser = time::length)]
    pub since: Option<Duration>,
    /// Executions of a route, queue or schedule, written as in flux.toml
    #[arg(long)]
    pub route: Option<String>,
    /// Executions whose client got this HTTP status, such as 404 or 5xx. A guest that failed is 500, 502 or 504
    #[arg(long)]
    pub status: Option<StatusRange>,
    /// Failures only
    #[arg(long)]
    pub failed: bool,
}

impl Select {
    /// Whether anything is selected at all. A guest's name alone says whose, and not which.
    pub fn is_some(&self) -> bool {
        self.last.is_some() || self.filter.is_some()
    }

    /// As the store has it.
    pub fn selection(&self) -> Selection {
        Selection { last: self.last, ..self.filter.selection() }
    }
}

impl Filter {
    /// Whether it leaves anything out, a guest's name aside.
    pub fn is_some(&self) -> bool {
        self.since.is_some() || self.route.is_some() || self.status.is_some() || self.failed
    }

    /// As the store has it.
    pub fn selection(&self) -> Selection {
        // Longer than there are numbers for is since the beginning.
        let nanoseconds = |since: Duration| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let ago = |since| System::new().now_ns().saturating_sub(nanoseconds(since));
        Selection {
            since_ns: self.since.map(ago),
            name: self.route.as_deref().map(name_of),
            status: self.status,
            failed: self.failed,
            ..Selection::default()
        }
    }
}

/// The name of a route, a queue or a schedule, which may be written as the lists show it: `cron nightly`.
fn name_of(route: &str) -> String {
    let kinds = ["http ", "job ", "cron ", "cron."];
    kinds.iter().find_map(|kind| route.strip_prefix(kind)).unwrap_or(route).to_owned()
}

/// Reads a number of things, of which there must be one at least.
pub fn positive(text: &str) -> Result<u32, String> {
    let hint = "hint: write a whole number of 1 or more";
    match text.parse::<i128>().map(u32::try_from) {
        Ok(Ok(count)) if count > 0 => Ok(count),
        Ok(Err(_)) if !text.starts_with('-') => Err(format!("that is more than {}; {hint}", u32::MAX)),
        Ok(_) => Err(format!("that is too few; {hint}")),
        Err(_) => Err(format!("that is no whole number; {hint}")),
    }
}

/// How far a long work is: on stderr, and only where somebody looks.
pub fn progress(doing: &str, count: u64) -> ProgressBar {
    let shown = std::io::stderr().is_terminal() && count >= 50;
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(&format!("{doing} {{bar:30}} {{pos}}/{{len}} {{eta}}"));
    let bar = ProgressBar::with_draw_target(Some(count), target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The same for work whose end is not known beforehand.
pub fn spinner(doing: &str) -> ProgressBar {
    let shown = std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(&format!("{doing} {{spinner}} {{pos}} {{elapsed}}"));
    let bar = ProgressBar::with_draw_target(None, target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

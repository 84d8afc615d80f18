//! The log of a server: one line for each execution, the lines of guests, and each refusal with its hint.
//!
//! Lines are events of `tracing` and go to stderr. Whoever reads stderr may be slow or stop reading: then lines are
//! lost and counted, and no request waits for one.

mod console;
mod fields;
mod json;

use std::io::IsTerminal;

use tracing_appender::non_blocking::{ErrorCounter, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::printer;
use console::Console;
use json::JsonLines;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// A JSON object a line, for programs
    Json,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What fails.
    Quiet,
    /// Every execution, the lines of guests, each refusal.
    Usual,
    /// What Flux does inside, too.
    Verbose,
}

impl Level {
    /// Libraries speak to programmers: of theirs, errors are shown. FLUX_LOG says something else.
    fn directives(self) -> &'static str {
        match self {
            Self::Quiet => "error,flux=warn,flux::guest=off,flux::call=off",
            Self::Usual => "error,flux=info,flux::guest=trace",
            Self::Verbose => "warn,flux=debug,flux::guest=trace",
        }
    }
}

/// A log that is being written. Dropped, it writes what it still has.
pub struct Log {
    _writer: WorkerGuard,
    lost: ErrorCounter,
}

impl Drop for Log {
    fn drop(&mut self) {
        let lost = self.lost.dropped_lines();
        if lost > 0 {
            printer::note(&format!(
                "lost {} of the log: the reader of stderr was too slow",
                flux_host::count(lost, "line")
            ));
        }
    }
}

/// Starts the log of this process.
pub fn start(format: Format, level: Level) -> Log {
    let filter = EnvFilter::try_from_env("FLUX_LOG").unwrap_or_else(|_| EnvFilter::new(level.directives()));
    let (stderr, writer) = tracing_appender::non_blocking(std::io::stderr());
    let lost = stderr.error_counter();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match format {
        Format::Text => log.event_format(Console::new(std::io::stderr().is_terminal())).init(),
        Format::Json => {
            printer::log_json();
            log.event_format(JsonLines::default()).init();
        }
    }
    Log { _writer: writer, lost }
}

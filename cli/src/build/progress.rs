//! What is said of builds while they run: a line each with its time on a terminal, else a line at the
//! beginning. The words of tools come between, never within. For programs, they are JSON, a line each time.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use flux_host::printable;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::words;
use crate::printer;

/// One for all builds of a command.
#[derive(Debug, Clone)]
pub struct Progress {
    bars: Option<MultiProgress>,
    lines: bool,
    as_json: bool,
}

/// The line of one build, gone when it is dropped.
#[derive(Debug)]
pub struct Line(Option<ProgressBar>);

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Progress {
    /// On stderr; for programs, nothing but the words of tools.
    pub fn new(as_json: bool) -> Self {
        let on_terminal = !as_json && std::io::stderr().is_terminal();
        Self { bars: on_terminal.then(MultiProgress::new), lines: !as_json && !on_terminal, as_json }
    }

    /// A line at the beginning of each, also on a terminal: other lines come between.
    pub fn lines(as_json: bool) -> Self {
        Self { bars: None, lines: !as_json, as_json }
    }

    /// Whether there is a terminal, with colours.
    pub fn is_terminal(&self) -> bool {
        self.bars.is_some()
    }

    /// Something that takes time begins.
    pub fn begin(&self, what: &str) -> Line {
        if self.lines {
            self.write(&format!("{}\n", printable(what)));
        }
        self.spin(what)
    }

    /// Something begins that may be over at once: worth a word on a terminal only.
    pub fn spin(&self, what: &str) -> Line {
        let line = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner().with_message(printable(what).into_owned()));
            // A template that does not parse would be a typing error here.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Line(line)
    }

    /// Shows the words of a tool in one piece.
    pub fn show(&self, words: &[u8]) {
        let words = String::from_utf8_lossy(words);
        match self.as_json {
            _ if words.is_empty() => {}
            true => self.write(&line(&words)),
            false => self.write(&words::for_terminal(&words)),
        }
    }

    fn write(&self, text: &str) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever read stderr may be gone: then there is nobody to tell.
        let write = || drop(std::io::stderr().lock().write_all(text.as_bytes()));
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

/// As a line of the log.
fn line(words: &str) -> String {
    format!("{}\n", printer::log_line("build", words::plain(words).trim_end(), None))
}

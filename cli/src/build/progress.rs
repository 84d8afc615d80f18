//! What is said of builds while they run: a line each with its time on a terminal, else a line at the
//! beginning. The words of tools come between, never within.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use flux_host::printable;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// One for all builds of a command.
#[derive(Debug, Clone)]
pub struct Progress {
    bars: Option<MultiProgress>,
    lines: bool,
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
    /// On stderr; nothing but the words of tools, if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let on_terminal = !quiet && std::io::stderr().is_terminal();
        Self { bars: on_terminal.then(MultiProgress::new), lines: !quiet && !on_terminal }
    }

    /// A line at the beginning of each, also on a terminal: other lines come between.
    pub fn lines() -> Self {
        Self { bars: None, lines: true }
    }

    /// Whether there is a terminal, with colours.
    pub fn is_terminal(&self) -> bool {
        self.bars.is_some()
    }

    /// Something that takes time begins.
    pub fn begin(&self, what: &str) -> Line {
        if self.lines {
            self.show(format!("{}\n", printable(what)).as_bytes());
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

    /// Shows words in one piece.
    pub fn show(&self, words: &[u8]) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever read stderr may be gone: then there is nobody to tell.
        let write = || drop(std::io::stderr().lock().write_all(words));
        match &self.bars {
            _ if words.is_empty() => {}
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

//! The result of a replay, for people and for programs: told execution by execution, as they come.

mod causes;
mod divergences;
mod human;
mod json;
mod junit;
mod next;
mod totals;

use std::path::Path;
use std::process::ExitCode;

use flux_recorder::Digest;
use flux_runtime::{Skipped, Told};

use crate::errors::CliError;
use crate::printer::{self, ListForm};
use causes::Causes;
use junit::JunitFile;
use totals::Totals;

/// Writes a report while the replay runs.
pub struct Reporter {
    /// The form of the JSON document; none: it is for people.
    json: Option<ListForm>,
    against: Option<Digest>,
    junit: Option<JunitFile>,
    totals: Totals,
    /// Whether each execution is told, also those that look alike.
    all: bool,
    causes: Causes,
}

impl Reporter {
    /// A report on stdout, and maybe one more in a file.
    pub fn new(
        json: Option<ListForm>,
        against: Option<Digest>,
        junit: Option<&Path>,
        strict: bool,
    ) -> anyhow::Result<Self> {
        let junit = junit.map(JunitFile::create).transpose()?;
        let totals = Totals::new(strict);
        Ok(Self { json, against, junit, totals, all: false, causes: Causes::default() })
    }

    /// Tells each execution and each divergence, also those that look alike.
    pub fn with_all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Tells of one.
    pub fn add(&mut self, told: Told) -> anyhow::Result<()> {
        let is_first = self.totals.is_first();
        self.totals.add(&told);
        let passes = self.totals.passes(&told);
        if let Some(junit) = &mut self.junit {
            junit.add(&told, passes)?;
        }
        match (self.json, &told) {
            (_, Told::OtherGuest) => {}
            (Some(form), told) => {
                printer::json_piece(&json::element(told, is_first, form == ListForm::Lines))?;
            }
            (None, told) if self.is_told(told) => printer::text(&human::one(told, self.all))?,
            (None, _) => {}
        }
        Ok(())
    }

    /// Whether an execution is told whole, and not only counted.
    fn is_told(&mut self, told: &Told) -> bool {
        match told {
            Told::Replayed(it) if human::has_something_to_tell(it) => self.all || self.causes.is_new(it),
            _ => true,
        }
    }

    /// What the selection passed over: it is compared if it is named.
    pub fn leave_out(&mut self, skipped: Skipped) {
        let Skipped { interrupted, running, others } = skipped;
        self.totals.interrupted = interrupted;
        self.totals.running = running;
        self.totals.others += others;
    }

    /// The end of the report, and the status that the command exits with. Nothing to judge is an error.
    pub fn finish(self) -> anyhow::Result<ExitCode> {
        if self.totals.is_first() {
            self.junit.map_or(Ok(()), JunitFile::finish)?;
            return Err(nothing(&self.totals).into());
        }
        match self.json {
            Some(form) => {
                printer::json_piece(&json::end(&self.totals, self.against, form == ListForm::Lines))?;
            }
            None => {
                printer::text(&human::alike(&self.causes))?;
                printer::text(&human::end(&self.totals, self.against))?;
            }
        }
        if let Some(junit) = self.junit {
            junit.finish()?;
        }
        Ok(self.totals.status())
    }
}

fn nothing(totals: &Totals) -> CliError {
    let Totals { others, interrupted, running, .. } = totals;
    let why: Vec<_> = [(others, "of other guests"), (interrupted, "interrupted"), (running, "running")]
        .into_iter()
        .filter(|(count, _)| **count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let hint = match (others, interrupted) {
        (0, 0) => "see what there is: flux tail",
        (0, _) => "name an interrupted execution to compare it as far as it goes: flux replay ID",
        _ => "--against replaces one guest; name it: --guest NAME",
    };
    match why.is_empty() {
        true => CliError::new("no execution fits", hint),
        false => CliError::new(format!("no execution fits: {} left out", why.join(", ")), hint),
    }
}

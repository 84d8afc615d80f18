//! What is counted over all executions of a replay.

use std::process::ExitCode;

use flux_replay::Verdict;
use flux_runtime::Told;

/// Counts, and nothing that grows with the number of executions.
#[derive(Debug)]
pub struct Totals {
    strict: bool,
    verdicts: [usize; Verdict::ALL.len()],
    /// Entries of flux.toml that were used, and how often.
    pub tolerated: Vec<(String, usize)>,
    /// Recordings that could not run.
    pub not_run: usize,
    /// Executions of guests that are not replaced.
    pub others: usize,
    /// Executions that were interrupted, and so not selected.
    pub interrupted: usize,
    /// Executions that still ran, and so were not selected.
    pub running: usize,
    /// Fields that were compared, and fields that were ignored.
    pub fields: (u64, u64),
    failed: bool,
}

impl Totals {
    pub fn new(strict: bool) -> Self {
        let verdicts = [0; Verdict::ALL.len()];
        Self {
            strict,
            verdicts,
            tolerated: Vec::new(),
            not_run: 0,
            others: 0,
            interrupted: 0,
            running: 0,
            fields: (0, 0),
            failed: false,
        }
    }

    /// Whether nothing was told yet.
    pub fn is_first(&self) -> bool {
        self.replayed() + self.not_run == 0
    }

    pub fn replayed(&self) -> usize {
        self.verdicts.iter().sum()
    }

    pub fn add(&mut self, told: &Told) {
        self.failed |= !self.passes(told) && matches!(told, Told::Replayed(_));
        match told {
            Told::NotRun { .. } => self.not_run += 1,
            Told::OtherGuest => self.others += 1,
            Told::Replayed(it) => {
                let report = &it.report;
                self.verdicts[report.verdict as usize] += 1;
                self.fields.0 += report.compared;
                self.fields.1 += report.ignored;
                report.tolerated.iter().for_each(|(entry, _)| self.tolerate(entry));
            }
        }
    }

    fn tolerate(&mut self, entry: &str) {
        match self.tolerated.iter_mut().find(|(known, _)| known == entry) {
            Some((_, count)) => *count += 1,
            None => self.tolerated.push((entry.to_owned(), 1)),
        }
    }

    /// Whether the code may take the traffic, as far as this one tells.
    pub fn passes(&self, told: &Told) -> bool {
        match told {
            Told::NotRun { .. } => false,
            Told::OtherGuest => true,
            Told::Replayed(it) => {
                let verdict = it.report.verdict;
                verdict.passes() && !it.unfaithful && !(self.strict && verdict == Verdict::Progressed)
            }
        }
    }

    /// How many have each verdict, best first, without those that none has.
    pub fn counts(&self) -> Vec<(Verdict, usize)> {
        let all = Verdict::ALL.into_iter().map(|verdict| (verdict, self.verdicts[verdict as usize]));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// Whether every execution passes.
    pub fn pass(&self) -> bool {
        !self.failed && self.not_run == 0
    }

    pub fn status(&self) -> ExitCode {
        match (self.failed, self.not_run) {
            (true, _) => ExitCode::from(1),
            (false, 0) => ExitCode::SUCCESS,
            (false, _) => ExitCode::from(2),
        }
    }
}

//! The result of a replay, for people and for programs.

mod human;
mod json;
mod junit;

use flux_recorder::{Digest, Verdict};
use flux_runtime::ReplayedExecution;

pub use human::human;
pub use json::json;
pub use junit::junit;

/// All executions of one replay.
#[derive(Debug)]
pub struct Replays {
    /// The guest they were replayed against; none: the one that each ran on.
    pub against: Option<Digest>,
    /// In the order of the selection.
    pub executions: Vec<ReplayedExecution>,
}

impl Replays {
    /// Whether the code may take the traffic, as far as these executions tell.
    pub fn pass(&self) -> bool {
        self.executions.iter().all(|it| it.report.verdict.passes() && !it.unfaithful)
    }

    /// How many have each verdict, best first, without those that none has.
    pub fn counts(&self) -> Vec<(Verdict, usize)> {
        let count = |verdict| self.executions.iter().filter(|it| it.report.verdict == verdict).count();
        let all = Verdict::ALL.into_iter().map(|verdict| (verdict, count(verdict)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// The entries of flux.toml that were used, and how often.
    pub fn tolerances(&self) -> Vec<(String, usize)> {
        let mut used: Vec<(String, usize)> = Vec::new();
        for (entry, _) in self.executions.iter().flat_map(|it| &it.report.tolerated) {
            match used.iter_mut().find(|(known, _)| known == entry) {
                Some((_, count)) => *count += 1,
                None => used.push((entry.clone(), 1)),
            }
        }
        used
    }
}

//! The judgement of one replayed execution.

use crate::diff::{Difference, byte_differences};
use crate::divergence::Divergence;
use crate::event::{FailureKind, Outcome, Output};
use crate::recording::{Recording, is_failure};
use crate::replay::{Replayed, Tolerances, split_tolerated};
use crate::value::Value;

/// What a replay says of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The same calls, the same result, byte for byte.
    Identical,
    /// Only what flux.toml tolerates differs.
    Equivalent,
    /// It failed when it was recorded, and succeeds now.
    Fixed,
    /// It succeeded when it was recorded, and fails now.
    Regressed,
    /// It behaves in another way.
    Diverged,
    /// It asked for what was never recorded, and was stopped there.
    Blocked,
}

impl Verdict {
    /// All verdicts, best first.
    pub const ALL: [Self; 6] =
        [Self::Identical, Self::Equivalent, Self::Fixed, Self::Regressed, Self::Diverged, Self::Blocked];

    /// The name in reports and `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Equivalent => "equivalent",
            Self::Fixed => "fixed",
            Self::Regressed => "regressed",
            Self::Diverged => "diverged",
            Self::Blocked => "blocked",
        }
    }

    /// Whether the new code may take the traffic as far as this execution tells.
    pub fn passes(self) -> bool {
        self <= Self::Fixed
    }
}

/// The whole result for one execution.
#[derive(Debug, Clone)]
pub struct Report {
    /// The judgement.
    pub verdict: Verdict,
    /// Everything that differs and is not tolerated.
    pub divergences: Vec<Divergence>,
    /// What a tolerance covered, by the entry in flux.toml.
    pub tolerated: Vec<(String, Difference)>,
    /// How many recorded effects were answered.
    pub answered: usize,
    /// How many effects were recorded.
    pub recorded: usize,
    /// Inputs that the new code reads and the old did not; they were answered as absent.
    pub unrecorded_inputs: Vec<String>,
    /// How the replay ended.
    pub outcome: Outcome,
    /// What the replay wrote, if it is not what was recorded. Never a divergence.
    pub output: Option<Vec<Output>>,
}

/// Judges a replay.
pub fn judge(recording: &Recording, replayed: Replayed, tolerances: &Tolerances) -> Report {
    let Replayed { mut divergences, output, end, answered, mut tolerated, unrecorded_inputs } = replayed;
    let blocked = divergences.iter().any(Divergence::stops);
    if !blocked {
        compare_outcomes(&recording.end.outcome, &end.outcome, tolerances, &mut divergences, &mut tolerated);
    }
    let (failed_then, fails_now) = (is_failure(&recording.end.outcome), is_failure(&end.outcome));
    let verdict = match () {
        () if blocked => Verdict::Blocked,
        () if failed_then && !fails_now => Verdict::Fixed,
        () if !failed_then && fails_now => Verdict::Regressed,
        () if !divergences.is_empty() => Verdict::Diverged,
        () if !tolerated.is_empty() => Verdict::Equivalent,
        () => Verdict::Identical,
    };
    Report {
        verdict,
        divergences,
        tolerated,
        answered,
        recorded: recording.effects.len(),
        unrecorded_inputs,
        outcome: end.outcome,
        output: (output != recording.output).then_some(output),
    }
}

fn compare_outcomes(
    recorded: &Outcome,
    replayed: &Outcome,
    tolerances: &Tolerances,
    divergences: &mut Vec<Divergence>,
    tolerated: &mut Vec<(String, Difference)>,
) {
    match (recorded, replayed) {
        (Outcome::Returned(a), Outcome::Returned(b)) if a == b => {}
        (Outcome::Returned(a), Outcome::Returned(b)) => {
            let (covered, rest) = split_tolerated(tolerances, byte_differences("response", a, b));
            tolerated.extend(covered);
            if !rest.is_empty() {
                divergences.push(Divergence::Response { differences: rest });
            }
        }
        (Outcome::Failed { kind: a, message: x, .. }, Outcome::Failed { kind: b, message: y, .. })
            if a == b && same_message(*a, x, y) => {}
        (a, b) => divergences.push(Divergence::Outcome { recorded: headline(a), replayed: headline(b) }),
    }
}

/// A time limit's message has a time in it.
fn same_message(kind: FailureKind, recorded: &str, replayed: &str) -> bool {
    kind == FailureKind::TimeLimit || recorded == replayed
}

/// An outcome in a few words.
pub fn headline(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { kind, message, .. } => format!("{}: {message}", kind.name()),
        Outcome::Returned(bytes) => match Value::read(bytes) {
            Ok(value) => match crate::recording::http_status(&value) {
                Some(status) => status.to_string(),
                None => value.to_string(),
            },
            Err(_) => "an unreadable result".to_owned(),
        },
    }
}

//! The judgement of one replayed execution.

use flux_recorder::{During, FailureKind, Outcome, Recording, is_failure};

use crate::divergence::Divergence;
use crate::explain::Explanation;

/// What a replay says of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The same calls, the same result, byte for byte.
    Identical,
    /// Only what flux.toml tolerates differs.
    Equivalent,
    /// The guest failed when it was recorded, and succeeds now, and every answer was its own.
    Fixed,
    /// The recorded failure is gone, and then the guest asks for what was never recorded.
    Progressed,
    /// Nothing could be compared, or the recording ended before its guest did.
    NotCompared,
    /// It succeeded when it was recorded, and fails now.
    Regressed,
    /// It behaves in another way.
    Diverged,
    /// It asked for what was never recorded, and was stopped there.
    Blocked,
}

impl Verdict {
    /// All verdicts, best first.
    pub const ALL: [Self; 8] = [
        Self::Identical,
        Self::Equivalent,
        Self::Fixed,
        Self::Progressed,
        Self::NotCompared,
        Self::Regressed,
        Self::Diverged,
        Self::Blocked,
    ];

    /// The name in reports and `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Equivalent => "equivalent",
            Self::Fixed => "fixed",
            Self::Progressed => "progressed",
            Self::NotCompared => "not compared",
            Self::Regressed => "regressed",
            Self::Diverged => "diverged",
            Self::Blocked => "blocked",
        }
    }

    /// Whether the new code may take the traffic as far as this execution tells.
    pub fn passes(self) -> bool {
        self <= Self::Progressed
    }
}

/// The verdict, and why, where it is none that speaks for itself.
pub(crate) fn verdict(recording: &Recording, found: &Explanation) -> (Verdict, Option<&'static str>) {
    if let Some(why) = ends_early(recording)
        && found.divergences.is_empty()
    {
        return (Verdict::NotCompared, Some(why));
    }
    if recording.interrupted_tail && found.divergences.is_empty() {
        return (Verdict::NotCompared, Some("the process ended after the response, while the guest went on"));
    }
    if let Some(why) = found.cut
        && found.divergences.is_empty()
    {
        return (Verdict::NotCompared, Some(why));
    }
    let (failed_then, fails_now) = (is_failure(&recording.end.outcome), is_failure(&found.outcome));
    let gone = failed_then && is_guests_failure(recording, found.took_ns) && found.every_answer_is_its_own();
    match () {
        () if found.is_stopped() && gone && found.answered_all && recording.limit.is_none() => {
            (Verdict::Progressed, Some("the recorded failure is gone, and nothing beyond it was recorded"))
        }
        () if found.is_stopped() => (Verdict::Blocked, None),
        () if gone && !fails_now && !found.tail_fails => (Verdict::Fixed, None),
        () if !failed_then && fails_now => (Verdict::Regressed, None),
        () if !found.divergences.is_empty() => (Verdict::Diverged, None),
        () if found.compared == 0 => (Verdict::NotCompared, Some("every field is ignored")),
        () if !found.tolerated.is_empty() => (Verdict::Equivalent, None),
        () => (Verdict::Identical, None),
    }
}

/// A recording that does not say how its guest would have ended.
pub(crate) fn ends_early(recording: &Recording) -> Option<&'static str> {
    match &recording.end.outcome {
        Outcome::Failed { kind: FailureKind::Interrupted, .. } => {
            Some("the process ended while this was recorded, so nothing says how it would have ended")
        }
        Outcome::Failed { kind: FailureKind::Host, .. } => {
            Some("the host ended this when it was recorded, so nothing says how it would have ended")
        }
        _ => None,
    }
}

/// Whether the guest itself failed, and not the world or the host around it: where its time was over while
/// it waited for an answer, a replay, which waits for nothing, cannot say that this is mended.
fn is_guests_failure(recording: &Recording, took_ns: Option<u64>) -> bool {
    match &recording.end.outcome {
        Outcome::Returned(_) => true,
        Outcome::Failed { kind, .. } => match kind {
            FailureKind::Host | FailureKind::Interrupted | FailureKind::Blocked => false,
            FailureKind::TimeLimit => {
                let computed = recording.limit.is_some_and(|limit| limit.during == During::Computing);
                computed && took_ns.is_some_and(|took_ns| took_ns < recording.end.elapsed_ns)
            }
            _ => true,
        },
    }
}

impl Explanation {
    fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Whether nothing was answered with what belongs to another call, to another place, or to none.
    fn every_answer_is_its_own(&self) -> bool {
        let is_others = |it: &Divergence| {
            matches!(it, Divergence::Changed { .. } | Divergence::Reordered { .. } | Divergence::Input { .. })
        };
        !self.rests_on_missing && !self.divergences.iter().any(is_others)
    }
}

/// An outcome in a few words.
pub fn headline(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { kind, message, .. } => format!("{}: {message}", kind.name()),
        Outcome::Returned(bytes) => match flux_recorder::Value::read(bytes) {
            Ok(value) => match flux_recorder::http_status(&value) {
                Some(status) => status.to_string(),
                None => value.to_string(),
            },
            Err(_) => "an unreadable result".to_owned(),
        },
    }
}

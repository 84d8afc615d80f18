//! The judgement of one replayed execution.

use flux_recorder::{During, FailureKind, Outcome, Recording, is_failure};

use crate::divergence::Divergence;
use crate::ending::{ends_early, failed, tail_failure};
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

/// Why nothing more is said of a guest that progressed.
const BEYOND: &str = "the recorded failure is gone, and nothing beyond it was recorded";

/// The verdict, and why, where its name does not say that.
pub(crate) fn verdict(recording: &Recording, found: &Explanation) -> (Verdict, Option<&'static str>) {
    if let Some(why) = not_compared(recording, found) {
        return (Verdict::NotCompared, Some(why));
    }
    let failed_then = failed(recording);
    let gone = failed_then
        && is_guests_failure(recording, found.took_ns)
        && found.answers_are_its_own()
        && is_past_a_response_that_was_right(recording, found);
    match () {
        () if found.is_stopped() => match why_not_beyond(recording, found, gone) {
            None => (Verdict::Progressed, Some(BEYOND)),
            why => (Verdict::Blocked, why.filter(|_| failed_then && ends_early(recording).is_none())),
        },
        // It went on from an answer that nobody recorded: how it ends says nothing.
        () if gone && !is_failure(&found.outcome) && !found.tail_fails && found.lacks_input_beyond => {
            (Verdict::Progressed, Some(BEYOND))
        }
        () if gone && !is_failure(&found.outcome) && !found.tail_fails => (Verdict::Fixed, None),
        () if !failed_then && fails_now(recording, found) => (Verdict::Regressed, None),
        () if !found.divergences.is_empty() => (Verdict::Diverged, None),
        () if found.compared == 0 => (Verdict::NotCompared, Some("every field is ignored")),
        () if !found.tolerated.is_empty() => (Verdict::Equivalent, None),
        () => (Verdict::Identical, None),
    }
}

/// Why nothing can be said of an execution of which nothing differs.
fn not_compared(recording: &Recording, found: &Explanation) -> Option<&'static str> {
    if !found.divergences.is_empty() {
        return None;
    }
    let in_tail = "the process ended after the response, while the guest went on";
    ends_early(recording).or(recording.interrupted_tail.then_some(in_tail)).or(found.cut)
}

/// Why a guest that was stopped is not beyond the place where it failed when it was recorded.
fn why_not_beyond(recording: &Recording, found: &Explanation, gone: bool) -> Option<&'static str> {
    // A limit that was hit while the guest called or waited is hit by the call that stopped it too.
    let may_be_hit = recording.limit.is_some_and(|limit| limit.during != During::Computing);
    match () {
        () if !found.answered_all => {
            Some("it was stopped before it reached the place where the recording failed")
        }
        () if !found.answers_are_its_own() => {
            Some("what it did before that is not what was recorded, so the failure may not be gone")
        }
        () if !gone || may_be_hit => Some("it is unknown whether the recorded failure is gone"),
        () => None,
    }
}

/// Whether it fails where nothing failed when it was recorded. What came after the response of a process that
/// ended then is not known.
fn fails_now(recording: &Recording, found: &Explanation) -> bool {
    is_failure(&found.outcome) || (found.tail_fails && !recording.interrupted_tail)
}

/// Where only what came after the response failed, that is mended by code that gives the same response.
fn is_past_a_response_that_was_right(recording: &Recording, found: &Explanation) -> bool {
    let is_other = |it: &Divergence| matches!(it, Divergence::Response { .. });
    is_failure(&recording.end.outcome) || (found.responded && !found.divergences.iter().any(is_other))
}

/// Whether the guest itself failed, and not the world or the host around it: where its time was over while
/// it waited for an answer, a replay, which waits for nothing, cannot say that this is mended.
fn is_guests_failure(recording: &Recording, took_ns: Option<u64>) -> bool {
    let is_guests = |kind: FailureKind| match kind {
        FailureKind::Host | FailureKind::Interrupted | FailureKind::Blocked => false,
        FailureKind::TimeLimit => {
            let computed = recording.limit.is_some_and(|limit| limit.during == During::Computing);
            computed && took_ns.is_some_and(|took_ns| took_ns < recording.end.elapsed_ns)
        }
        _ => true,
    };
    let of_outcome = match &recording.end.outcome {
        Outcome::Returned(_) => None,
        Outcome::Failed { kind, .. } => Some(*kind),
    };
    of_outcome.into_iter().chain(tail_failure(recording)).all(is_guests)
}

impl Explanation {
    fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Whether nothing was answered with what belongs to another call, to another place, or to none.
    fn answers_are_its_own(&self) -> bool {
        let is_others =
            |it: &Divergence| matches!(it, Divergence::Changed { .. } | Divergence::Reordered { .. });
        !self.rests_on_missing && !self.lacks_input && !self.divergences.iter().any(is_others)
    }
}

//! The replay of one recording: as many runs of the guest as it takes to know what it did.
//!
//! A call with other arguments than were recorded was changed, or it was inserted before the one that was
//! recorded: only the calls after it tell. So the first run guesses, and where the guess was wrong the guest
//! runs again and is told what is known by now. Sans-IO: whoever runs the guest asks for a session, and
//! says when the run is over.

use std::sync::{Arc, PoisonError};

use flux_recorder::{Digest, KeepAll, Outcome, Recording, Redact, Session};

use crate::align::{AskedCall, align};
use crate::divergence::Divergence;
use crate::explain::{Explanation, explain};
use crate::found::Difference;
use crate::output::{OutputDifference, first_difference};
use crate::run::{Finished, Left, Plan, Run};
use crate::script::Script;
use crate::tolerance::Tolerances;
use crate::verdict::{Verdict, verdict};

/// The most runs for one recording. The second nearly always follows its plan to the end.
const RUNS: usize = 4;

/// The whole result for one execution.
#[derive(Debug, Clone)]
pub struct Report {
    /// The judgement.
    pub verdict: Verdict,
    /// Why, where the verdict does not say it.
    pub reason: Option<&'static str>,
    /// Everything that differs and is not tolerated.
    pub divergences: Vec<Divergence>,
    /// What a tolerance covered, by the entry in flux.toml.
    pub tolerated: Vec<(String, Difference)>,
    /// How many fields were compared: of arguments, and of the result.
    pub compared: u64,
    /// How many fields a tolerance left out.
    pub ignored: u64,
    /// How many differences there are beyond those that are told.
    pub omitted: u64,
    /// How many recorded effects were answered.
    pub answered: usize,
    /// How many effects were recorded.
    pub recorded: usize,
    /// How the replay ended.
    pub outcome: Outcome,
    /// Where its output first differs from what was recorded. Never a divergence.
    pub output: Option<OutputDifference>,
}

/// See the [module](self).
pub struct Replay {
    script: Arc<Script>,
    plan: Option<Plan>,
    left: Left,
    runs: usize,
    best: Option<Explanation>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("runs", &self.runs).finish_non_exhaustive()
    }
}

impl Replay {
    /// The replay of a recording by the guest of this digest.
    pub fn new(
        recording: Arc<Recording>,
        tolerances: Arc<Tolerances>,
        redact: Arc<dyn Redact>,
        guest: Digest,
    ) -> Self {
        let same_guest = recording.begin.guest == guest;
        let script = Arc::new(Script::new(recording, tolerances, redact, same_guest));
        Self { script, plan: None, left: Left::default(), runs: 0, best: None }
    }

    /// The replay of a recording by the guest that was recorded, with nothing tolerated and nothing redacted:
    /// for whoever checks that a recording replays as itself.
    pub fn by_the_same(recording: Arc<Recording>) -> Self {
        let guest = recording.begin.guest;
        Self::new(recording, Arc::default(), Arc::new(KeepAll), guest)
    }

    /// The session of the next run.
    pub fn session(&mut self) -> Session {
        let run = Run::new(self.script.clone(), self.plan.take(), self.left.clone());
        Session::replay(Box::new(run), &self.script.recording)
    }

    /// The run is over: the report, or none where the guest has to run again. Errs where the session of the
    /// run did not end.
    pub fn report(&mut self) -> Result<Option<Report>, Unended> {
        let finished = self.left.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Unended)?;
        self.runs += 1;
        let plan = if self.runs < RUNS { self.better_plan(&finished) } else { None };
        let explained = explain(&self.script, finished);
        if let Some(plan) = plan {
            self.plan = Some(plan);
            self.best = Some(self.better(explained));
            return Ok(None);
        }
        // In a run that went as planned every answer is the call's own, which no run before it can say.
        let best = if self.runs < RUNS { explained } else { self.better(explained) };
        Ok(Some(self.judge(best)))
    }

    /// What should have answered each call, if it is not what did.
    fn better_plan(&self, finished: &Finished) -> Option<Plan> {
        let is_as_recorded = finished.asked.iter().all(|asked| asked.args.is_none());
        if finished.followed || is_as_recorded {
            return None;
        }
        let key = |asked: &crate::run::Asked| match (&asked.args, asked.answer) {
            (None, Some(index)) => self.script.keys()[index],
            (args, _) => self.script.key(asked.function, args.as_deref().unwrap_or_default()),
        };
        let asked: Vec<_> = finished
            .asked
            .iter()
            .map(|asked| AskedCall { function: asked.function, key: key(asked) })
            .collect();
        let answers = align(&self.script, &asked);
        let is_right = finished.asked.iter().zip(&answers).all(|(asked, answer)| asked.answer == *answer);
        (!is_right).then(|| asked.into_iter().map(|call| call.key).zip(answers).collect())
    }

    fn better(&mut self, explained: Explanation) -> Explanation {
        match self.best.take() {
            Some(best) if best.divergences.len() < explained.divergences.len() => best,
            _ => explained,
        }
    }

    fn judge(&self, found: Explanation) -> Report {
        let recording = &self.script.recording;
        let (verdict, reason) = verdict(recording, &found);
        let output = first_difference(&recording.output, &found.output, found.stopped.is_some());
        Report {
            verdict,
            reason,
            divergences: found.divergences,
            tolerated: found.tolerated,
            compared: found.compared,
            ignored: found.ignored,
            omitted: found.omitted,
            answered: found.answered,
            recorded: recording.effects.len(),
            outcome: found.outcome,
            output,
        }
    }
}

/// The session of a run was given up before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session of the replay did not end")]
pub struct Unended;

//! One run of the guest: every call is answered from the recording, and what was asked is kept.
//!
//! In order of preference a call is answered by what the plan says; by the next recorded call, if it is the
//! same; by the same call elsewhere; by a call of the same function with other arguments. The last is a guess:
//! only when the run is over is it known whether the call was changed or inserted. See `replay.rs`.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use flux_recorder::{
    Answers, Beyond, Crossing, Decode, During, Encode, End, FailureKind, Happened, Hidden, Outcome, Output,
    Pause, SECRETS, Stop, TailFailure,
};

use crate::script::{Key, Script, Unused};

/// How often a run looks, in all its calls, whether a recorded call has the same values hidden.
const TRIES: usize = 1 << 16;

/// What answers each call of a run, and the call that was meant.
pub(crate) type Plan = Vec<(Key, Option<usize>)>;

/// A call that the guest made.
pub(crate) struct Asked {
    pub function: &'static str,
    /// As the recording would have them; none: as the recorded ones, byte for byte.
    pub args: Option<Vec<u8>>,
    /// The recorded call that answered.
    pub answer: Option<usize>,
}

/// An input that was never recorded.
pub(crate) struct Unrecorded {
    pub name: String,
    /// Whether the guest read it where the failure of the recording was behind it.
    pub beyond: bool,
}

/// Why the guest was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// At its last call, which was never recorded.
    Inserted,
    /// By the recorded call that has no answer.
    Unknown(usize),
}

/// All that a run left.
pub(crate) struct Finished {
    pub asked: Vec<Asked>,
    pub used: Vec<bool>,
    pub unrecorded: Vec<Unrecorded>,
    pub output: Vec<Output>,
    pub stopped: Option<Stopped>,
    pub tail: Option<TailFailure>,
    /// Whether it had answered before its end.
    pub answered: bool,
    /// Whether it waited, which takes no time in a replay.
    pub waited: bool,
    /// Whether every call was the one that was planned for.
    pub followed: bool,
    pub end: End,
}

/// Where a run leaves what it found.
pub(crate) type Left = Arc<Mutex<Option<Finished>>>;

#[derive(Default)]
struct Clock {
    next: usize,
    last: u64,
}

pub(crate) struct Run {
    script: Arc<Script>,
    plan: Option<Plan>,
    // What was redacted in the replay itself: a guest's constants, say.
    hidden: Hidden,
    used: Vec<bool>,
    answered: usize,
    tries: usize,
    // Made when the guest first leaves the order of the recording.
    unused: Option<Unused>,
    // The highest recorded index that answered, plus one: where the recording goes on.
    place: usize,
    asked: Vec<Asked>,
    crossings: u64,
    clocks: HashMap<String, Clock>,
    inputs: HashMap<String, usize>,
    unrecorded: Vec<Unrecorded>,
    output: Vec<Output>,
    answer: Option<Outcome>,
    tail: Option<TailFailure>,
    // The guest is over, and the host gives back what it left open.
    closes: bool,
    // In a replay that takes no time.
    waited: Cell<bool>,
    left: Left,
}

impl Run {
    pub fn new(script: Arc<Script>, plan: Option<Plan>, left: Left) -> Self {
        Self {
            used: vec![false; script.len()],
            answered: 0,
            tries: TRIES,
            hidden: Hidden::new(script.recording.marking()),
            script,
            plan,
            unused: None,
            place: 0,
            asked: Vec::new(),
            crossings: 0,
            clocks: HashMap::new(),
            inputs: HashMap::new(),
            unrecorded: Vec::new(),
            output: Vec::new(),
            answer: None,
            tail: None,
            closes: false,
            waited: Cell::new(false),
            left,
        }
    }

    /// The recorded call that answers, and the arguments where they are not those of it.
    fn choose(&mut self, function: &str, args: &[u8]) -> (Option<usize>, Option<Vec<u8>>) {
        let script = self.script.clone();
        let is_next = self.place < script.len() && !self.used[self.place] && self.plan.is_none();
        if is_next && script.function(self.place) == function && script.recording.args(self.place) == args {
            return (Some(self.place), None);
        }
        let key = script.key(function, args);
        let hides = |index: usize| {
            let recorded = script.recording.args(index);
            let unmasked = script.unmask().unmasked(recorded, args);
            unmasked.filter(|args| script.key(function, args) == script.keys()[index])
        };
        if let Some(planned) = self.planned(&key, args, hides) {
            return planned;
        }
        let unused = self.unused.get_or_insert_with(|| Unused::new(&script, &self.used));
        if let Some(index) = unused.same(&key, self.place) {
            return (Some(index), Some(args.to_vec()));
        }
        let mut others = unused.all_of(function, self.place).take(self.tries);
        let found =
            others.by_ref().inspect(|_| self.tries -= 1).find_map(|index| Some((index, hides(index)?)));
        if let Some((index, args)) = found {
            return (Some(index), Some(args));
        }
        (unused.of_function(function, self.place), Some(args.to_vec()))
    }

    /// What the plan says of this call. Where another call is made than was planned for, its answers
    /// changed what the guest does, and the rest of the plan is of no use.
    fn planned(
        &mut self,
        key: &Key,
        args: &[u8],
        hides: impl Fn(usize) -> Option<Vec<u8>>,
    ) -> Option<(Option<usize>, Option<Vec<u8>>)> {
        let (planned, answer) = *self.plan.as_ref()?.get(self.asked.len())?;
        if answer.is_none_or(|index| !self.used[index]) {
            if planned == *key {
                return Some((answer, Some(args.to_vec())));
            }
            // It was planned for by what stands for its values in the recording.
            let own = answer.filter(|index| self.script.keys()[*index] == planned);
            if let Some(args) = own.and_then(hides) {
                return Some((answer, Some(args)));
            }
        }
        self.plan = None;
        None
    }

    fn take(&mut self, index: usize) {
        self.used[index] = true;
        self.answered += 1;
        self.place = self.place.max(index + 1);
        if let Some(unused) = &mut self.unused {
            unused.take(&self.script, index);
        }
    }

    /// Counts a call or an ambient value: the guest that was recorded makes none beyond its limit.
    fn cross(&mut self) -> Result<(), Stop> {
        if self.script.same_guest
            && self.is_over()
            && let Some(stop) = self.script.recorded_end()
        {
            return Err(stop);
        }
        self.crossings += 1;
        Ok(())
    }

    /// Whether all is done that the guest did before a limit ended the recording. Another guest reads
    /// clocks and inputs in its own way: of it, only the calls count.
    fn is_over(&self) -> bool {
        let recording = &self.script.recording;
        let has_answered = recording.answered.is_some() == self.answer.is_some();
        let is_done = recording.limit.is_some_and(|limit| match self.script.same_guest {
            true => self.crossings >= limit.crossings,
            false => self.answered == self.used.len(),
        });
        !self.closes && has_answered && is_done
    }

    /// The call whose missing answer stopped the guest; none, if something else did.
    fn unknown(&self, end: &End) -> Option<usize> {
        let is_blocked = matches!(end.outcome, Outcome::Failed { kind: FailureKind::Blocked, .. });
        let unanswered = |index: &usize| self.script.recording.result(*index).is_none();
        self.asked.iter().filter_map(|asked| asked.answer).find(unanswered).filter(|_| is_blocked)
    }

    fn stopped(&self, end: &End) -> Option<Stopped> {
        let is_inserted = self.asked.last().is_some_and(|asked| asked.answer.is_none());
        match (is_inserted, self.unknown(end)) {
            (true, _) => Some(Stopped::Inserted),
            (false, unknown) => unknown.map(Stopped::Unknown),
        }
    }

    fn clock(&mut self, stream: &str) -> u64 {
        let recording = &self.script.recording;
        let from = if stream.ends_with("monotonic") { 0 } else { recording.begin.started_ns };
        let clock = self.clocks.entry(stream.to_owned()).or_insert(Clock { next: 0, last: from });
        let recorded = recording.ambient(stream, clock.next);
        let recorded = recorded.and_then(|bytes| Decode::from_canonical(bytes).ok());
        clock.next += 1;
        clock.last = recorded.unwrap_or_else(|| clock.last.saturating_add(1_000));
        clock.last
    }

    /// The index of the next recorded value of an input: the last one again when all were read.
    fn input(&mut self, name: &str) -> Option<usize> {
        let recorded = self.script.recording.ambient_len(name);
        if recorded == 0 {
            self.miss(name);
            return None;
        }
        let next = match self.inputs.get_mut(name) {
            Some(next) => next,
            None => self.inputs.entry(name.to_owned()).or_default(),
        };
        *next += 1;
        Some((*next - 1).min(recorded - 1))
    }

    /// A guest's input that was never recorded. An engine's own, such as which call was answered next, is
    /// no input of the guest.
    fn miss(&mut self, name: &str) {
        let is_engines = name.starts_with("v8.") || name.starts_with("wasi.");
        if !is_engines && self.inputs.insert(name.to_owned(), 0).is_none() {
            let beyond = self.script.is_beyond(&self.used);
            self.unrecorded.push(Unrecorded { name: name.to_owned(), beyond });
        }
    }
}

impl Answers for Run {
    fn call(&mut self, function: &'static str, args: &[u8]) -> Result<Option<&[u8]>, Stop> {
        self.cross()?;
        let script = self.script.clone();
        let taken = script.recording.take(args);
        let hidden = self.hidden.value(&*script.redact, Crossing::Arguments(function), &taken);
        let hidden = hidden.map(|value| value.to_canonical());
        let (answer, args) = self.choose(function, hidden.as_deref().unwrap_or(&taken));
        self.asked.push(Asked { function, args, answer });
        let Some(index) = answer else {
            let asked = self.asked.len() - 1;
            return Err(Stop::Blocked(format!("call {asked}, {function}, was never recorded")));
        };
        self.take(index);
        Ok(self.script.recording.result(index))
    }

    fn ambient(&mut self, stream: &str, beyond: Beyond) -> Result<Option<Cow<'_, [u8]>>, Stop> {
        self.cross()?;
        if beyond == Beyond::Ticks {
            return Ok(Some(Cow::Owned(self.clock(stream).to_canonical())));
        }
        let Some(index) = self.input(stream) else {
            return Ok(None);
        };
        let recording = &self.script.recording;
        let secret = stream.strip_prefix(SECRETS).and_then(|name| recording.secret(name, index));
        Ok(match secret {
            Some(reference) => Some(Cow::Owned(Some(reference).to_canonical())),
            None => recording.ambient(stream, index).map(Cow::Borrowed),
        })
    }

    fn ends_here(&self, pause: Pause<'_>) -> Option<Stop> {
        self.waited.set(self.waited.get() || pause == Pause::Waiting);
        let during = match pause {
            Pause::Waiting => During::Waiting,
            Pause::Computing => During::Computing,
            Pause::Unanswered(_) => During::Calling,
        };
        let recording = &self.script.recording;
        let is_same = recording.limit.is_some_and(|limit| limit.during == during);
        // Another guest may well be quick where the recorded one was not.
        let may_end = self.script.same_guest || during != During::Computing;
        let is_limit = is_same && may_end && self.is_over();
        // The process ended after the answer, and before that of this call.
        let is_kill = recording.interrupted_tail && self.answer.is_some() && during == During::Calling;
        if is_limit || is_kill {
            return self.script.recorded_end();
        }
        let Pause::Unanswered(function) = pause else {
            return None;
        };
        let named = |asked: &&Asked| asked.function == function;
        let unanswered = |index: &usize| recording.result(*index).is_none();
        let index =
            self.asked.iter().rev().filter(named).filter_map(|asked| asked.answer).find(unanswered)?;
        Some(Stop::Blocked(format!("the outcome of call {index}, {function}, is unknown")))
    }

    fn output(&mut self, mut output: Output) -> Result<(), Stop> {
        let recorded = self.script.recording.output.get(self.output.len());
        if recorded.is_none()
            && self.script.same_guest
            && self.script.recording.limit.is_some_and(|limit| limit.during == During::Calling)
            && self.is_over()
            && let Some(stop) = self.script.recorded_end()
        {
            return Err(stop);
        }
        output.texts().for_each(|text| self.script.recording.take_text(text));
        self.hidden.output(&mut output);
        if let Some(recorded) = recorded {
            self.script.unmask().output(recorded, &mut output);
        }
        self.output.push(output);
        Ok(())
    }

    fn happened(&mut self, what: Happened) {
        match what {
            Happened::Answered(outcome) => self.answer = Some(outcome),
            Happened::TailFailed(failure) => self.tail = Some(failure),
            Happened::Closes => self.closes = true,
            Happened::Ended(end) => self.end(end),
        }
    }
}

impl Run {
    fn end(&mut self, mut end: End) {
        let stopped = self.stopped(&end);
        // Behind the end of its plan a run guesses again.
        let followed = self.plan.as_ref().is_some_and(|plan| plan.len() >= self.asked.len());
        let answered = self.answer.is_some();
        end.outcome = self.answer.take().unwrap_or(end.outcome);
        self.script.take_end(&mut end);
        self.hidden.end(&*self.script.redact, &mut end);
        self.script.unmask_end(&mut end);
        let finished = Finished {
            asked: std::mem::take(&mut self.asked),
            used: std::mem::take(&mut self.used),
            unrecorded: std::mem::take(&mut self.unrecorded),
            output: std::mem::take(&mut self.output),
            stopped,
            tail: self.tail.take(),
            answered,
            waited: self.waited.get(),
            followed,
            end,
        };
        *self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(finished);
    }
}

impl Script {
    /// How a limit, or a kill after the answer, ended the recording.
    fn recorded_end(&self) -> Option<Stop> {
        let recording = &self.recording;
        if let Some(TailFailure { kind, message }) = &recording.tail
            && (recording.limit.is_some() || recording.interrupted_tail)
        {
            return Some(Stop::Limit(*kind, message.clone()));
        }
        match (&recording.limit, &recording.end.outcome) {
            (Some(_), Outcome::Failed { kind, message, .. }) => Some(Stop::Limit(*kind, message.clone())),
            _ => None,
        }
    }
}

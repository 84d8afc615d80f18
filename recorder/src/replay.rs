//! Matching: what the replayed code asks, against what was recorded.
//!
//! An answer is never served by position alone. In order of preference: the next recorded call, if it
//! is the same; the same call later, or one that was passed over; a call of the same function with
//! other arguments, reported as changed; nothing, and the guest is stopped. Every divergence of a run
//! is collected.

use std::collections::HashMap;
use std::sync::Arc;

use crate::canon::{Decode, DecodeError, Encode};
use crate::diff::{Difference, byte_differences, tree};
use crate::divergence::Divergence;
use crate::event::{End, FailureKind, Outcome, Output};
use crate::recording::{During, LimitAt, Recording, SECRETS, TailFailure};
use crate::redact::{Hidden, Place, Redact, Secrets};
use crate::session::Stop;
use crate::settle::{settle_output, settle_text, settled};

/// What flux.toml allows to differ, by name. See [`crate::report`] for how a use is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tolerances {
    /// Paths whose difference is ignored, such as `response.headers.date` or
    /// `fetch.send[0].body.sent_at`; `*` stands for one step.
    pub ignore: Vec<String>,
    /// Functions whose calls may come in another order, such as `kv.bucket.get`.
    pub unordered: Vec<String>,
}

impl Tolerances {
    /// The entry of `ignore` that covers this path.
    pub fn ignores(&self, path: &str) -> Option<&str> {
        self.ignore.iter().map(String::as_str).find(|pattern| covers(pattern, path))
    }

    /// Whether calls of this function may be reordered.
    pub fn is_unordered(&self, function: &str) -> bool {
        self.unordered.iter().any(|name| name == function)
    }
}

/// A pattern covers a path that it equals, or that goes on below it.
fn covers(pattern: &str, path: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split(['.', '[', ']']).filter(|step| !step.is_empty()).map(str::to_owned).collect()
    };
    let (pattern, path) = (split(pattern), split(path));
    let covers_something = !pattern.is_empty() && pattern.len() <= path.len();
    covers_something && pattern.iter().zip(&path).all(|(want, step)| want == "*" || want == step)
}

/// What a replay found, before it is judged.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// All divergences of effects, in the order in which they were found.
    pub divergences: Vec<Divergence>,
    /// Its log lines, stdout and stderr.
    pub output: Vec<Output>,
    /// How it ended.
    pub end: End,
    /// How many calls were answered.
    pub answered: usize,
    /// Differences that a tolerance covered, and which.
    pub tolerated: Vec<(String, Difference)>,
    /// Names of inputs that were never recorded.
    pub unrecorded_inputs: Vec<String>,
}

#[derive(Default)]
struct Stream {
    next: usize,
    last: u64,
}

pub(crate) struct Replay {
    recording: Arc<Recording>,
    tolerances: Arc<Tolerances>,
    redact: Arc<dyn Redact>,
    // What was redacted in the replay itself: a guest's constants, say.
    hidden: Hidden,
    used: Vec<bool>,
    // The highest recorded index that was answered, plus one: where the recording goes on.
    place: usize,
    asked: usize,
    answered: usize,
    // Calls and ambient values so far.
    crossings: u64,
    // The recorded calls without an answer that were asked for.
    unanswered: Vec<usize>,
    answer: Option<Outcome>,
    tail: Option<TailFailure>,
    settling: bool,
    clocks: HashMap<&'static str, Stream>,
    inputs: HashMap<String, usize>,
    found: Vec<Divergence>,
    tolerated: Vec<(String, Difference)>,
    unrecorded_inputs: Vec<String>,
    output: Vec<Output>,
}

impl Replay {
    pub fn new(recording: Arc<Recording>, tolerances: Arc<Tolerances>, redact: Arc<dyn Redact>) -> Self {
        let used = vec![false; recording.effects.len()];
        Self {
            recording,
            tolerances,
            redact,
            hidden: Hidden::default(),
            used,
            place: 0,
            asked: 0,
            answered: 0,
            crossings: 0,
            unanswered: Vec::new(),
            answer: None,
            tail: None,
            settling: false,
            clocks: HashMap::new(),
            inputs: HashMap::new(),
            found: Vec::new(),
            tolerated: Vec::new(),
            unrecorded_inputs: Vec::new(),
            output: Vec::new(),
        }
    }

    /// The minor version of the recording's format.
    pub fn minor(&self) -> u8 {
        self.recording.minor
    }

    /// The recorded result of a call; none where the recording ended before it came.
    pub fn answer<R: Decode>(&mut self, function: &'static str, args: &[u8]) -> Result<Option<R>, Stop> {
        self.cross()?;
        let asked = self.asked;
        self.asked += 1;
        let redacted = self.redacted(function, args);
        let args = redacted.as_deref().unwrap_or(args);
        let Some(index) = self.find(function, args) else {
            self.found.push(Divergence::Blocked { asked, function: function.into(), args: tree(args) });
            return Err(Stop::Blocked(format!("call {asked}, {function}, was never recorded")));
        };
        self.used[index] = true;
        self.compare(index, asked, function, args);
        self.place = self.place.max(index + 1);
        let Some(result) = self.recording.result(index) else {
            self.unanswered.push(index);
            return Ok(None);
        };
        let unreadable = |source| Stop::Recorded { function: function.into(), source };
        let result = R::from_canonical(result).map_err(unreadable)?;
        self.answered += 1;
        Ok(Some(result))
    }

    /// Why a guest stops that waits for a call without an answer: the recording ended there too.
    pub fn unanswered(&mut self, function: &str) -> Stop {
        if let Some(stop) = self.recorded_end() {
            return stop;
        }
        let named = |index: &&usize| self.recording.effects[**index].function == function;
        let Some(index) = self.unanswered.iter().rev().find(named).copied() else {
            return Stop::Blocked(format!("{function} has no answer"));
        };
        let args = tree(self.recording.args(index));
        self.found.push(Divergence::Unknown { index, function: function.into(), args });
        Stop::Blocked(format!("the outcome of call {index}, {function}, is unknown"))
    }

    /// Counts a call or an ambient value; errs where a limit ended the recording before it.
    fn cross(&mut self) -> Result<(), Stop> {
        if self.is_over() {
            return self.recorded_end().map_or(Ok(()), Err);
        }
        self.crossings += 1;
        Ok(())
    }

    /// Why the guest stops here, if a limit ended the recording after as much of it, while it did this.
    pub fn limit_here(&self, during: During) -> Option<Stop> {
        let same = self.recording.limit.is_some_and(|limit| limit.during == during);
        if same && self.is_over() { self.recorded_end() } else { None }
    }

    /// Whether all is done that the guest did before a limit ended the recording.
    fn is_over(&self) -> bool {
        let answered = self.recording.answered.is_none() || self.answer.is_some();
        let done = |limit: LimitAt| self.crossings >= limit.crossings;
        !self.settling && answered && self.recording.limit.is_some_and(done)
    }

    /// The guest is over: what follows is the host's.
    pub fn settle(&mut self) {
        self.settling = true;
    }

    /// How a limit, or a kill after the answer, ended the recording.
    fn recorded_end(&self) -> Option<Stop> {
        if let Some(TailFailure { kind, message }) = &self.recording.tail
            && (self.recording.limit.is_some() || self.recording.interrupted_tail)
        {
            return Some(Stop::Limit(*kind, message.clone()));
        }
        match (&self.recording.limit, &self.recording.end.outcome) {
            (Some(_), Outcome::Failed { kind, message, .. }) => Some(Stop::Limit(*kind, message.clone())),
            _ => None,
        }
    }

    /// The answer went out, and the guest goes on.
    pub fn respond(&mut self, outcome: Outcome) {
        self.answer = Some(outcome);
    }

    /// What it did after that failed.
    pub fn tail_failed(&mut self, failure: TailFailure) {
        self.tail = Some(failure);
    }

    /// What the recording would have of these arguments; none: they stand as they are.
    fn redacted(&mut self, function: &str, args: &[u8]) -> Option<Vec<u8>> {
        let redacted = self.hidden.value(&*self.redact, Place::Arguments(function), args)?;
        Some(redacted.to_canonical())
    }

    /// The recorded effect that answers a call: see the module's text for the order.
    fn find(&self, function: &str, args: &[u8]) -> Option<usize> {
        let same_function =
            |index: &usize| !self.used[*index] && self.recording.effects[*index].function == function;
        let same = |index: &usize| same_function(index) && self.recording.args(*index) == args;
        let (ahead, behind) = (self.place..self.used.len(), 0..self.place);
        (ahead.clone().find(same))
            .or_else(|| behind.clone().find(same))
            .or_else(|| ahead.clone().find(same_function))
            .or_else(|| behind.clone().find(same_function))
    }

    fn compare(&mut self, index: usize, asked: usize, function: &str, args: &[u8]) {
        if index < self.place {
            let reordered =
                Divergence::Reordered { index, asked, function: function.into(), args: tree(args) };
            if self.tolerances.is_unordered(function) {
                let order = Difference { path: format!("{function}[order]"), recorded: None, replayed: None };
                self.tolerated.push((format!("unordered = \"{function}\""), order));
            } else {
                self.found.push(reordered);
            }
        }
        let recorded = self.recording.args(index);
        if recorded == args {
            return;
        }
        let settled = settled(recorded, args, &*self.redact);
        let args = settled.as_deref().unwrap_or(args);
        let differences = self.tolerate(byte_differences(function, recorded, args));
        if !differences.is_empty() {
            self.found.push(Divergence::Changed { index, asked, function: function.into(), differences });
        }
    }

    /// Sets aside what a tolerance covers.
    fn tolerate(&mut self, differences: Vec<Difference>) -> Vec<Difference> {
        let (tolerated, rest) = split_tolerated(&self.tolerances, differences);
        self.tolerated.extend(tolerated);
        rest
    }

    pub fn clock(&mut self, name: &'static str) -> Result<u64, Stop> {
        self.cross()?;
        let stream = self.clocks.entry(name).or_insert_with(|| Stream {
            next: 0,
            last: if name.ends_with("monotonic") { 0 } else { self.recording.begin.started_ns },
        });
        let recorded =
            self.recording.ambient(name, stream.next).and_then(|bytes| u64::from_canonical(bytes).ok());
        stream.next += 1;
        stream.last = recorded.unwrap_or_else(|| stream.last.saturating_add(1_000));
        Ok(stream.last)
    }

    /// The next recorded value of an input; its last one again when all were read.
    pub fn input<T: Decode>(&mut self, name: &str) -> Result<Option<T>, Stop> {
        self.cross()?;
        let recorded = self.recording.ambient_len(name);
        if recorded == 0 {
            if !self.unrecorded_inputs.iter().any(|it| it == name) {
                self.unrecorded_inputs.push(name.to_owned());
            }
            return Ok(None);
        }
        let next = self.inputs.entry(name.to_owned()).or_default();
        let index = (*next).min(recorded - 1);
        *next += 1;
        let bytes = self.recording.ambient(name, index).unwrap_or_default();
        let unreadable = |source: DecodeError| Stop::Recorded { function: name.to_owned(), source };
        T::from_canonical(bytes).map(Some).map_err(unreadable)
    }

    /// A secret: the reference that stands in the recording wherever its value was passed on.
    pub fn secret(&mut self, name: &str) -> Result<Option<String>, Stop> {
        let recorded: Option<Option<String>> = self.input(&format!("{SECRETS}{name}"))?;
        let reference = || Secrets::reference(self.recording.first_secret_like(name));
        Ok(recorded.flatten().map(|value| if value.is_empty() { value } else { reference() }))
    }

    pub fn output(&mut self, mut output: Output) -> Result<(), Stop> {
        if self.output.len() >= self.recording.output.len()
            && let Some(stop) = self.limit_here(During::Calling)
        {
            return Err(stop);
        }
        self.hidden.output(&mut output);
        if let Some(recorded) = self.recording.output.get(self.output.len()) {
            settle_output(recorded, &mut output, &*self.redact);
        }
        self.output.push(output);
        Ok(())
    }

    pub fn end(&mut self, mut end: End) -> Replayed {
        self.compare_tails();
        end.outcome = self.answer.take().unwrap_or(end.outcome);
        let blocked = self.found.iter().any(|found| found.stops());
        for index in 0..self.used.len() {
            // A guest that was stopped had no chance to make the rest of its calls.
            if !self.used[index] && !blocked {
                let function = self.recording.effects[index].function.clone();
                let args = tree(self.recording.args(index));
                self.found.push(Divergence::Missing { index, function, args });
            }
        }
        self.hidden.end(&*self.redact, &mut end);
        self.settle_end(&mut end);
        Replayed {
            divergences: std::mem::take(&mut self.found),
            output: std::mem::take(&mut self.output),
            end,
            answered: self.answered,
            tolerated: std::mem::take(&mut self.tolerated),
            unrecorded_inputs: std::mem::take(&mut self.unrecorded_inputs),
        }
    }

    fn compare_tails(&mut self) {
        let headline = |tail: &Option<TailFailure>| match tail {
            None => "a tail that ended well".to_owned(),
            Some(TailFailure { kind, message }) => format!("a tail that failed ({}): {message}", kind.name()),
        };
        // A time limit's message has a time in it.
        let same = |tail: &Option<TailFailure>| {
            let message = |tail: &TailFailure| match tail.kind {
                FailureKind::TimeLimit => String::new(),
                _ => tail.message.clone(),
            };
            tail.as_ref().map(|tail| (tail.kind, message(tail)))
        };
        if same(&self.recording.tail) != same(&self.tail) {
            let (recorded, replayed) = (headline(&self.recording.tail), headline(&self.tail));
            self.found.push(Divergence::Outcome { recorded, replayed });
        }
    }

    fn settle_end(&self, end: &mut End) {
        match (&self.recording.end.outcome, &mut end.outcome) {
            (Outcome::Returned(recorded), Outcome::Returned(bytes)) if recorded != bytes => {
                if let Some(settled) = settled(recorded, bytes, &*self.redact) {
                    *bytes = settled;
                }
            }
            (Outcome::Failed { message: recorded, .. }, Outcome::Failed { message, .. }) => {
                settle_text(recorded, message, &*self.redact);
            }
            _ => {}
        }
    }
}

/// Differences that `ignore` covers, each with the entry that does, and the others.
pub(crate) fn split_tolerated(
    tolerances: &Tolerances,
    differences: Vec<Difference>,
) -> (Vec<(String, Difference)>, Vec<Difference>) {
    let mut tolerated = Vec::new();
    let mut rest = Vec::new();
    for difference in differences {
        match tolerances.ignores(&difference.path) {
            Some(entry) => tolerated.push((format!("ignore = \"{entry}\""), difference)),
            None => rest.push(difference),
        }
    }
    (tolerated, rest)
}

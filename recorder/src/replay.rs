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
use crate::event::{End, Outcome, Output};
use crate::recording::{Recording, SECRETS};
use crate::redact::{Hidden, Place, Redact};
use crate::session::Stop;
use crate::stand_in::Marking;
use crate::unmask::Unmask;

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
        let hidden = Hidden::new(recording.marking());
        Self {
            recording,
            tolerances,
            redact,
            hidden,
            used,
            place: 0,
            asked: 0,
            answered: 0,
            clocks: HashMap::new(),
            inputs: HashMap::new(),
            found: Vec::new(),
            tolerated: Vec::new(),
            unrecorded_inputs: Vec::new(),
            output: Vec::new(),
        }
    }

    pub fn answer<R: Decode>(&mut self, function: &'static str, args: &[u8]) -> Result<R, Stop> {
        let asked = self.asked;
        self.asked += 1;
        let recording = self.recording.clone();
        let taken = recording.take(args);
        let redacted = self.redacted(function, &taken);
        let args = redacted.as_deref().unwrap_or(&taken);
        let Some(index) = self.find(function, args) else {
            self.found.push(Divergence::Blocked { asked, function: function.into(), args: tree(args) });
            return Err(Stop::Blocked(format!("call {asked}, {function}, was never recorded")));
        };
        self.used[index] = true;
        self.compare(index, asked, function, args);
        self.place = self.place.max(index + 1);
        let Some(result) = self.recording.result(index) else {
            self.found.push(Divergence::Unknown { index, function: function.into(), args: tree(args) });
            return Err(Stop::Blocked(format!("the outcome of call {index}, {function}, is unknown")));
        };
        let unreadable = |source| Stop::Recorded { function: function.into(), source };
        let result = self.recording.hand(result).map_err(unreadable)?;
        self.answered += 1;
        Ok(result)
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
        let settled = self.unmask().settled(recorded, args);
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

    pub fn clock(&mut self, name: &'static str) -> u64 {
        let stream = self.clocks.entry(name).or_insert_with(|| Stream {
            next: 0,
            last: if name.ends_with("monotonic") { 0 } else { self.recording.begin.started_ns },
        });
        let recorded =
            self.recording.ambient(name, stream.next).and_then(|bytes| u64::from_canonical(bytes).ok());
        stream.next += 1;
        stream.last = recorded.unwrap_or_else(|| stream.last.saturating_add(1_000));
        stream.last
    }

    /// The next recorded value of an input; its last one again when all were read.
    pub fn input<T: Decode>(&mut self, name: &str) -> Result<Option<T>, Stop> {
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
        self.recording.hand(bytes).map(Some).map_err(unreadable)
    }

    /// A secret: the reference that stands in the recording wherever its value was passed on. Format 1.0 has
    /// the token in its place.
    pub fn secret(&mut self, name: &str) -> Result<Option<String>, Stop> {
        let recorded: Option<Option<String>> = self.input(&format!("{SECRETS}{name}"))?;
        let first = || format!("{{{{secret {}}}}}", self.recording.first_secret_like(name));
        let is_first = self.recording.marking() == Marking::First;
        Ok(recorded.flatten().map(|value| if is_first && !value.is_empty() { first() } else { value }))
    }

    fn unmask(&self) -> Unmask<'_> {
        Unmask::new(&*self.redact, self.recording.marking())
    }

    pub fn output(&mut self, mut output: Output) {
        output.texts().for_each(|text| self.recording.take_text(text));
        self.hidden.output(&mut output);
        if let Some(recorded) = self.recording.output.get(self.output.len()) {
            self.unmask().output(recorded, &mut output);
        }
        self.output.push(output);
    }

    pub fn end(&mut self, mut end: End) -> Replayed {
        let blocked = self.found.iter().any(|found| found.stops());
        for index in 0..self.used.len() {
            // A guest that was stopped had no chance to make the rest of its calls.
            if !self.used[index] && !blocked {
                let function = self.recording.effects[index].function.clone();
                let args = tree(self.recording.args(index));
                self.found.push(Divergence::Missing { index, function, args });
            }
        }
        self.take_end(&mut end);
        self.hidden.end(&*self.redact, &mut end);
        self.unmask_end(&mut end);
        Replayed {
            divergences: std::mem::take(&mut self.found),
            output: std::mem::take(&mut self.output),
            end,
            answered: self.answered,
            tolerated: std::mem::take(&mut self.tolerated),
            unrecorded_inputs: std::mem::take(&mut self.unrecorded_inputs),
        }
    }

    fn take_end(&self, end: &mut End) {
        match &mut end.outcome {
            Outcome::Returned(bytes) => *bytes = self.recording.take(bytes).into_owned(),
            Outcome::Failed { message, backtrace, .. } => {
                std::iter::once(message).chain(backtrace).for_each(|text| self.recording.take_text(text));
            }
        }
    }

    fn unmask_end(&self, end: &mut End) {
        match (&self.recording.end.outcome, &mut end.outcome) {
            (Outcome::Returned(recorded), Outcome::Returned(bytes)) if recorded != bytes => {
                if let Some(settled) = self.unmask().settled(recorded, bytes) {
                    *bytes = settled;
                }
            }
            (Outcome::Failed { message: recorded, .. }, Outcome::Failed { message, .. }) => {
                self.unmask().text(recorded, message);
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

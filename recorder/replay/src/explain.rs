//! What a run did, told against the recording.

use flux_recorder::{FailureKind, Outcome, Output, TailFailure, Value};

use crate::compare::compare;
use crate::divergence::Divergence;
use crate::found::{Comparison, Difference, DifferenceKind};
use crate::moves::kept;
use crate::path::{Path, Step};
use crate::run::{Asked, Finished, Stopped};
use crate::script::Script;
use crate::verdict::{ends_early, headline};

/// All that was found of a run.
pub(crate) struct Explanation {
    pub divergences: Vec<Divergence>,
    pub tolerated: Vec<(String, Difference)>,
    pub compared: u64,
    pub ignored: u64,
    /// How many calls were answered.
    pub answered: usize,
    /// Whether every recorded call was answered, but for what the end of the execution does by itself.
    pub answered_all: bool,
    pub stopped: Option<Stopped>,
    pub outcome: Outcome,
    pub output: Vec<Output>,
}

/// Tells what a run did. Nothing of it is a guess: an answer that was given is told as it was given.
pub(crate) fn explain(script: &Script, finished: Finished) -> Explanation {
    let Finished { asked, used, unrecorded, output, stopped, tail, end, .. } = finished;
    let answered_all = (0..script.len()).all(|index| used[index] || script.is_of_the_end(index));
    let answers = |asked: &Asked| asked.answer.filter(|index| script.recording.result(*index).is_some());
    let mut found = Explanation {
        divergences: Vec::new(),
        tolerated: Vec::new(),
        compared: 0,
        ignored: 0,
        answered: asked.iter().filter_map(answers).count(),
        answered_all,
        stopped,
        outcome: end.outcome,
        output,
    };
    found.add_calls(script, &asked);
    let recording = &script.recording;
    // The process ended while this was recorded: the guest went on where the journal does not.
    let ended_early = (recording.is_interrupted() || recording.interrupted_tail) && answered_all;
    match stopped {
        Some(_) if ended_early => found.stopped = None,
        Some(Stopped::Inserted) => found.add_inserted(script, &asked),
        Some(Stopped::Unknown(index)) => {
            found.add(script, index, |index, function, args| Divergence::Unknown { index, function, args })
        }
        None => {
            for index in (0..script.len()).filter(|index| !used[*index]) {
                found.add(script, index, |index, function, args| Divergence::Missing {
                    index,
                    function,
                    args,
                });
            }
        }
    }
    found.add_inputs(script, unrecorded);
    if found.stopped.is_none() && ends_early(recording).is_none() {
        found.add_outcome(script);
        if !recording.interrupted_tail {
            found.add_tail(recording.tail.as_ref(), tail.as_ref());
        }
    }
    found
}

impl Explanation {
    fn add_calls(&mut self, script: &Script, asked: &[Asked]) {
        let indexes: Vec<usize> = asked.iter().filter_map(|asked| asked.answer).collect();
        let most = indexes.len() as u64 + 1;
        let weight = |at: usize| match script.tolerances.is_unordered(script.function(indexes[at])) {
            true => 1,
            false => most,
        };
        let mut kept = kept(&indexes, weight).into_iter();
        for (at, call) in asked.iter().enumerate() {
            if let Some(index) = call.answer {
                let is_kept = kept.next().unwrap_or(true);
                self.add_call(script, (at, call), index, is_kept);
            }
        }
    }

    fn add_call(&mut self, script: &Script, (asked, call): (usize, &Asked), index: usize, is_kept: bool) {
        let recorded = script.recording.args(index);
        let args = call.args.as_deref().unwrap_or(recorded);
        let function = call.function.to_owned();
        let differences = self.compare(script, call.function, recorded, args);
        if !differences.is_empty() {
            self.divergences.push(Divergence::Changed { index, asked, function, differences });
        } else if is_kept {
            // As it was.
        } else if script.tolerances.is_unordered(call.function) {
            let entry = format!("unordered = \"{function}\"");
            self.tolerated.push((entry, order_of_calls(&function)));
        } else {
            self.divergences.push(Divergence::Reordered { index, asked, function, args: tree(args) });
        }
    }

    /// The differences that nothing tolerates.
    fn compare(&mut self, script: &Script, root: &str, recorded: &[u8], now: &[u8]) -> Vec<Difference> {
        let Comparison { differences, tolerated, compared, ignored, .. } =
            compare(root, recorded, now, &script.tolerances);
        self.tolerated.extend(tolerated);
        self.compared += compared;
        self.ignored += ignored;
        differences
    }

    fn add_inserted(&mut self, _: &Script, asked: &[Asked]) {
        if let Some(call) = asked.last() {
            let args = tree(call.args.as_deref().unwrap_or_default());
            let (asked, function) = (asked.len() - 1, call.function.to_owned());
            self.divergences.push(Divergence::Blocked { asked, function, args });
        }
    }

    fn add(&mut self, script: &Script, index: usize, make: impl Fn(usize, String, Value) -> Divergence) {
        let args = tree(script.recording.args(index));
        self.divergences.push(make(index, script.function(index).to_owned(), args));
    }

    fn add_inputs(&mut self, script: &Script, names: Vec<String>) {
        for name in names {
            let path = input_path(&name);
            match script.tolerances.covering(&path) {
                Some(pattern) => self.tolerated.push((pattern.entry(), absent(path))),
                None => self.divergences.push(Divergence::Input { name, path }),
            }
        }
    }

    fn add_tail(&mut self, recorded: Option<&TailFailure>, now: Option<&TailFailure>) {
        let is_same = match (recorded, now) {
            (Some(a), Some(b)) => is_same_failure((a.kind, &a.message), (b.kind, &b.message)),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !is_same {
            let (recorded, replayed) = (tail_headline(recorded), tail_headline(now));
            self.divergences.push(Divergence::Outcome { recorded, replayed });
        }
    }

    fn add_outcome(&mut self, script: &Script) {
        let now = self.outcome.clone();
        match (&script.recording.end.outcome, &now) {
            (Outcome::Returned(recorded), Outcome::Returned(now)) => {
                let differences = self.compare(script, "response", recorded, now);
                if !differences.is_empty() {
                    self.divergences.push(Divergence::Response { differences });
                }
            }
            (Outcome::Failed { kind: a, message: x, .. }, Outcome::Failed { kind: b, message: y, .. })
                if is_same_failure((*a, x), (*b, y)) =>
            {
                self.compared += 1;
            }
            (recorded, now) => {
                let (recorded, replayed) = (headline(recorded), headline(now));
                self.divergences.push(Divergence::Outcome { recorded, replayed });
            }
        }
    }
}

/// Calls of a function that came in another order.
fn order_of_calls(function: &str) -> Difference {
    let mut steps = Path::of_root(function);
    steps.push(Step::Order);
    Difference { path: Path::new(steps), kind: DifferenceKind::Order, recorded: None, replayed: None }
}

/// The path of an input: `config.get:region` is `config.get.region`.
fn input_path(name: &str) -> Path {
    let mut parts = name.splitn(2, ':');
    let mut steps = Path::of_root(parts.next().unwrap_or_default());
    steps.extend(parts.next().map(Step::name));
    Path::new(steps)
}

/// An input that was never recorded.
fn absent(path: Path) -> Difference {
    Difference { path, kind: DifferenceKind::Value, recorded: None, replayed: Some(Value::Option(None)) }
}

/// A time limit's message has a time in it.
fn is_same_failure(recorded: (FailureKind, &str), now: (FailureKind, &str)) -> bool {
    recorded == now || recorded.0 == now.0 && now.0 == FailureKind::TimeLimit
}

/// How what came after the answer ended, in a few words.
fn tail_headline(tail: Option<&TailFailure>) -> String {
    match tail {
        None => "what came after the response ended well".to_owned(),
        Some(TailFailure { kind, message }) => {
            format!("what came after the response failed ({}): {message}", kind.name())
        }
    }
}

/// Canonical bytes as a tree; bytes that are no value are shown as they are.
fn tree(bytes: &[u8]) -> Value {
    Value::read(bytes).unwrap_or_else(|_| Value::Bytes(bytes.to_vec()))
}

//! What a run did, told against the recording.

use std::borrow::Cow;

use flux_recorder::{During, FailureKind, Outcome, Output, TailFailure, Value};

use crate::compare::compare;
use crate::divergence::Divergence;
use crate::ending::{ends_early, headline};
use crate::found::{Comparison, Difference, DifferenceKind};
use crate::moves::kept;
use crate::path::{Path, Step};
use crate::run::{Asked, Finished, Stopped, Unrecorded};
use crate::script::Script;

/// All that was found of a run.
pub(crate) struct Explanation {
    pub divergences: Vec<Divergence>,
    pub tolerated: Vec<(String, Difference)>,
    pub compared: u64,
    pub ignored: u64,
    /// How many differences there are beyond those that are told.
    pub omitted: u64,
    /// How many calls were answered.
    pub answered: usize,
    /// Whether every recorded call was answered, but for what the end of the execution does by itself.
    pub answered_all: bool,
    pub stopped: Option<Stopped>,
    /// Why nothing says what it does from here on, though all that was recorded was compared.
    pub cut: Option<&'static str>,
    /// How long it computed, and how long its answers took when they were recorded. Not known where it waited.
    pub took_ns: Option<u64>,
    /// Whether a call was answered behind one of the same interface that was not made: without that, the answer
    /// could have been another.
    pub rests_on_missing: bool,
    /// Whether it read an input that was never recorded before it came to where the recording failed, and beyond.
    pub lacks_input: bool,
    pub lacks_input_beyond: bool,
    /// Whether the guest responded before its end.
    pub responded: bool,
    /// Whether the guest fails after its response.
    pub tail_fails: bool,
    pub outcome: Outcome,
    pub output: Vec<Output>,
}

/// Tells what a run did. Each call is told by the answer that it really was given, whatever would have been better.
pub(crate) fn explain(script: &Script, finished: Finished) -> Explanation {
    let Finished { asked, used, unrecorded, output, stopped, tail, answered, waited, end, .. } = finished;
    let answered_all = used[..script.begin_of_the_end()].iter().all(|used| *used);
    let answers = |asked: &Asked| asked.answer.filter(|index| script.recording.result(*index).is_some());
    let mut found = Explanation {
        divergences: Vec::new(),
        tolerated: Vec::new(),
        compared: 0,
        ignored: 0,
        omitted: 0,
        answered: asked.iter().filter_map(answers).count(),
        answered_all,
        stopped,
        cut: cut(script, &end.outcome, tail.as_ref()),
        took_ns: (!waited).then(|| took(script, &used, end.elapsed_ns)),
        rests_on_missing: rests_on_missing(script, &used),
        lacks_input: false,
        lacks_input_beyond: false,
        responded: answered,
        tail_fails: tail.is_some(),
        outcome: end.outcome,
        output,
    };
    found.add_calls(script, &asked);
    let recording = &script.recording;
    // The process ended while this was recorded: the guest went on where the journal does not.
    let killed_in_tail = recording.interrupted_tail && answered;
    match stopped {
        Some(_) if answered_all && (ends_early(recording).is_some() || killed_in_tail) => {
            found.stopped = None;
            found.cut = Some("it does more than was recorded before the process ended");
        }
        Some(Stopped::Inserted) => found.add_inserted(&asked),
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
    // What was read last before the process ended may not be in the journal.
    if !(answered_all && ends_early(recording).is_some()) {
        found.add_inputs(script, unrecorded);
    }
    found.add_ending(script, answered, tail.as_ref());
    found
}

impl Explanation {
    fn add_calls(&mut self, script: &Script, asked: &[Asked]) {
        let answered: Vec<_> = asked.iter().filter_map(|asked| Some((asked, asked.answer?))).collect();
        let indexes: Vec<usize> = answered.iter().map(|(_, index)| *index).collect();
        let most = indexes.len() as u64 + 1;
        // What was changed is told wherever it stands.
        let is_changed = |(call, index): (&Asked, usize)| {
            let args = call.args.as_deref();
            args.is_some_and(|args| script.key(call.function, args) != script.keys()[index])
        };
        let weight = |at: usize| match script.tolerances.is_unordered(script.function(indexes[at])) {
            _ if is_changed(answered[at]) => 0,
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
        // Of a changed call too, what stands for a value is that value.
        let args = call.args.as_deref().map_or(Cow::Borrowed(recorded), |args| {
            script.unmask().unmasked(recorded, args).map_or(Cow::Borrowed(args), Cow::Owned)
        });
        let args = &*args;
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
        let Comparison { differences, tolerated, compared, ignored, omitted } =
            compare(root, recorded, now, &script.tolerances);
        self.omitted += omitted;
        self.tolerated.extend(tolerated);
        self.compared += compared;
        self.ignored += ignored;
        differences
    }

    fn add_inserted(&mut self, asked: &[Asked]) {
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

    fn add_inputs(&mut self, script: &Script, inputs: Vec<Unrecorded>) {
        for Unrecorded { name, beyond } in inputs {
            let path = input_path(&name);
            match script.tolerances.covering(&path) {
                Some(pattern) => self.tolerated.push((pattern.entry(), absent(path))),
                None => {
                    self.lacks_input |= !beyond;
                    self.lacks_input_beyond |= beyond;
                    self.divergences.push(Divergence::Input { name, path });
                }
            }
        }
    }

    /// Of a guest that was stopped, what it had answered before.
    fn add_ending(&mut self, script: &Script, answered: bool, tail: Option<&TailFailure>) {
        let recording = &script.recording;
        let has_ended = self.stopped.is_none();
        if ends_early(recording).is_some() {
            return;
        }
        if has_ended || answered {
            self.add_outcome(script);
        }
        if has_ended && !recording.interrupted_tail {
            self.add_tail(recording.tail.as_ref(), tail);
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

fn rests_on_missing(script: &Script, used: &[bool]) -> bool {
    let interface = |index: usize| script.function(index).split('.').next().unwrap_or_default().to_owned();
    let mut missing = std::collections::HashSet::new();
    (0..script.begin_of_the_end()).any(|index| match used[index] {
        true => missing.contains(&interface(index)),
        false => {
            missing.insert(interface(index));
            false
        }
    })
}

fn took(script: &Script, used: &[bool], computed_ns: u64) -> u64 {
    let answered = script.recording.effects.iter().zip(used).filter(|(_, used)| **used);
    answered.map(|(effect, _)| effect.elapsed_ns).fold(computed_ns, u64::saturating_add)
}

/// Another build that waits where the recorded one waited until its time was over may wait less.
fn cut(script: &Script, outcome: &Outcome, tail: Option<&TailFailure>) -> Option<&'static str> {
    let limit =
        script.recording.limit.filter(|limit| limit.during == During::Waiting && !script.same_guest)?;
    let is_limit = |kind: FailureKind| kind == limit.kind;
    let ended = matches!(outcome, Outcome::Failed { kind, .. } if is_limit(*kind));
    (ended || tail.is_some_and(|tail| is_limit(tail.kind)))
        .then_some("it waits where the recording ended, and how long is unknown")
}

/// Calls of a function that came in another order.
fn order_of_calls(function: &str) -> Difference {
    let mut steps = Path::of_root(function);
    steps.push(Step::Order);
    Difference {
        path: Path::new(steps),
        kind: DifferenceKind::Order,
        document: None,
        recorded: None,
        replayed: None,
    }
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
    let replayed = Some(Value::Option(None));
    Difference { path, kind: DifferenceKind::Value, document: None, recorded: None, replayed }
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

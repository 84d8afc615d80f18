//! What a run did, told against the recording.

use flux_recorder::{Outcome, Output, Value};

use crate::compare::{Comparison, Difference, compare};
use crate::divergence::Divergence;
use crate::moves::kept;
use crate::run::{Asked, Finished, Stopped};
use crate::script::Script;
use crate::verdict::headline;

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
    let Finished { asked, used, unrecorded, output, stopped, end } = finished;
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
    let ended_early = script.recording.is_interrupted() && answered_all;
    match stopped {
        Some(Stopped::Inserted | Stopped::Unknown(_)) if ended_early => {}
        Some(Stopped::Inserted) => found.add_inserted(script, &asked),
        Some(Stopped::Unknown(index)) => found.add(script, index, |index, function, args| Divergence::Unknown { index, function, args }),
        Some(Stopped::Limit) | None => {
            for index in (0..script.len()).filter(|index| !used[*index]) {
                found.add(script, index, |index, function, args| Divergence::Missing { index, function, args });
            }
        }
    }
    found.add_inputs(script, unrecorded);
    if !matches!(stopped, Some(Stopped::Inserted | Stopped::Unknown(_))) && !script.recording.is_interrupted() {
        found.add_outcome(script);
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
            self.tolerated.push((entry, Difference::order_of_calls(&function)));
        } else {
            self.divergences.push(Divergence::Reordered { index, asked, function, args: tree(args) });
        }
    }

    /// The differences that nothing tolerates.
    fn compare(&mut self, script: &Script, root: &str, recorded: &[u8], now: &[u8]) -> Vec<Difference> {
        let Comparison { differences, tolerated, compared, ignored } =
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
            match script.tolerances.ignores_input(&name) {
                Some(entry) => self.tolerated.push((format!("ignore = \"{entry}\""), Difference::input(&name))),
                None => self.divergences.push(Divergence::Input { name }),
            }
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
                if a == b && (x == y || self.stopped == Some(Stopped::Limit)) =>
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

/// Canonical bytes as a tree; bytes that are no value are shown as they are.
fn tree(bytes: &[u8]) -> Value {
    Value::read(bytes).unwrap_or_else(|_| Value::Bytes(bytes.to_vec()))
}

//! What a replay says: `flux replay --json` is one [`Replay`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The report of a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// What was replayed, and what could not run, in the order of the recordings.
    pub executions: Vec<Replayed>,
    /// What all of it comes to.
    #[serde(flatten)]
    pub totals: ReplayTotals,
}

/// One recording of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Replayed {
    /// It was replayed.
    Execution(Box<ReplayedExecution>),
    /// It could not run.
    NotRun(NotRun),
}

/// A recording that could not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotRun {
    /// The execution, or the recording's file.
    pub id: String,
    /// `not run`.
    pub verdict: String,
    /// What failed, with its causes.
    pub error: String,
    /// The stable code.
    pub code: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// An execution that was replayed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedExecution {
    /// The execution.
    pub id: String,
    /// What started it.
    pub kind: String,
    /// Its route, queue or schedule.
    pub name: String,
    /// The digest of the guest that was recorded.
    pub guest: String,
    /// The verdict, such as `identical`.
    pub verdict: String,
    /// Why the verdict is none that was to be expected.
    pub reason: Option<String>,
    /// How it ended when it was recorded.
    pub recorded: String,
    /// How it ended now.
    pub replayed: String,
    /// The calls to the host.
    pub calls: CallCounts,
    /// The fields of calls and results.
    pub fields: FieldCounts,
    /// How many divergences are not listed.
    pub omitted: u64,
    /// What differs and is not tolerated.
    pub divergences: Vec<Divergence>,
    /// Inputs that it reads now and that were never recorded.
    pub unrecorded_inputs: Vec<String>,
    /// How to go on, where it was stopped.
    pub hint: Option<String>,
    /// Whether its log or its output differs, which is never a divergence by itself.
    pub output_differs: bool,
    /// The first line of it that differs.
    pub output: Option<OutputDifference>,
    /// Whether the very guest that was recorded did something else: a bug of Flux.
    pub unfaithful: bool,
}

/// Calls to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallCounts {
    /// In the recording.
    pub recorded: usize,
    /// Answered by the recording.
    pub answered: usize,
}

/// Fields of calls and results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldCounts {
    /// How many were compared.
    pub compared: u64,
    /// How many `[replay] ignore` left out.
    pub ignored: u64,
}

/// Something that differs. Which members there are depends on its kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Divergence {
    /// The stable code.
    pub code: String,
    /// Its name, such as `changed`.
    pub kind: String,
    /// Which recorded call it is about.
    pub index: Option<usize>,
    /// Which call of this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<usize>,
    /// What was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The arguments, as reports print them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// The places of a value that differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<Difference>>,
    /// The paths of JSON that only its layout tells from what was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Vec<String>>,
    /// How it ended when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// How it ended now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<String>,
    /// An input that was never recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The path that `[replay] ignore` takes for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A place of a value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Where, as `[replay] ignore` takes it.
    pub path: String,
    /// What kind of difference it is.
    pub kind: String,
    /// What was recorded.
    pub recorded: Option<String>,
    /// What there is now.
    pub replayed: Option<String>,
}

/// The first line of the output that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputDifference {
    /// Which line, from 1.
    pub line: usize,
    /// What was recorded.
    pub recorded: Option<OutputLine>,
    /// What there is now.
    pub replayed: Option<OutputLine>,
}

/// A line of the log, of stdout or of stderr.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputLine {
    /// The level, `stdout` or `stderr`.
    pub level: String,
    /// The line.
    pub message: String,
    /// The fields of a log line.
    pub fields: Vec<(String, String)>,
}

/// What a replay comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayTotals {
    /// The digest of the build that recordings were replayed against; none: the code that ran.
    pub against: Option<String>,
    /// Whether every execution passes.
    pub pass: bool,
    /// How many were replayed.
    pub replayed: usize,
    /// How many could not run.
    pub not_run: usize,
    /// How many were left out because another guest ran them.
    pub other_guests: usize,
    /// How many were left out because their process ended while they ran.
    pub interrupted: usize,
    /// How many were left out because they still ran.
    pub running: usize,
    /// The fields of all.
    pub fields: FieldCounts,
    /// How many have each verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// Entries of `[replay]` that were used.
    pub tolerated: Vec<Tolerated>,
}

/// An entry of `[replay]` that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tolerated {
    /// The entry.
    pub entry: String,
    /// How many differences it covered.
    pub count: usize,
}

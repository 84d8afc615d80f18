//! One execution, event by event.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One execution with every event of its journal: `flux trace --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// The execution that sent the job which this one ran; `null` for everything but a job, and where no
    /// recording of the sender was found.
    pub sent_by: Option<Sender>,
    /// The jobs that it sent.
    pub jobs: Vec<SentJob>,
}

/// The execution that sent a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// The execution.
    pub id: String,
    /// What started it.
    pub kind: String,
    /// Its route, queue or schedule.
    pub name: String,
    /// Which of its calls sent the job.
    pub seq: u64,
}

/// A job that an execution sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentJob {
    /// The job.
    pub id: String,
    /// The queue that it went to.
    pub queue: String,
    /// Which call sent it.
    pub seq: u64,
    /// The executions that ran it, one an attempt, the first attempt first.
    pub executions: Vec<String>,
}

/// One event of a journal.
///
/// A value that crossed the boundary is told in JSON: records are objects, lists and tuples arrays, numbers and texts
/// themselves, options the value or `null`. A result is `{"ok": …}` or `{"err": …}`, an enum's case is its name, and a
/// variant's case with a payload `{"name": payload}`. A redacted value is `{"redacted": "hexadecimal digits"}`.
///
/// Bytes that are a JSON object or array are that object or array. Other bytes in UTF-8 are a text, and all others are
/// `{"base64": "…"}`. A document with numbers that JSON readers round stays a text, so that no digit is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The execution began.
    Begin {
        /// Its id.
        id: String,
        /// The execution that it resumed.
        parent: Option<String>,
        /// The digest of the guest.
        guest: String,
        /// What ran the guest.
        engine: String,
        /// When.
        started: String,
        /// `http`, `job` or `cron`.
        kind: String,
        /// The route, the queue or the schedule.
        name: String,
        /// What the guest was given.
        input: Value,
    },
    /// The guest called the host.
    Call {
        /// Which call, counted from 0.
        seq: u64,
        /// What it called, such as `kv.bucket.get`.
        function: String,
        /// The arguments, always an array.
        args: Value,
    },
    /// The host answered a call.
    Return {
        /// Which call.
        seq: u64,
        /// How long it took.
        elapsed_ns: u64,
        /// What came back.
        result: Value,
    },
    /// The guest read something that is no call to the world: a clock, a setting, what was ready first.
    Ambient {
        /// What it read, such as `wasi.monotonic`.
        stream: String,
        /// What it was told.
        value: Value,
    },
    /// The guest wrote a line to its log, to stdout or to stderr.
    Output {
        /// The level, `stdout` or `stderr`.
        level: String,
        /// The line.
        message: String,
        /// The fields of a log line.
        fields: Vec<(String, String)>,
    },
    /// A note of the host.
    Mark {
        /// What it is about.
        name: String,
        /// What it says.
        value: String,
    },
    /// The response went out, and the guest went on.
    Answer {
        /// The response.
        result: Value,
    },
    /// The execution ended.
    End {
        /// How, in a few words.
        outcome: String,
        /// What it returned.
        result: Option<Value>,
        /// The stack of a failure.
        backtrace: Option<Vec<String>>,
        /// From begin to end.
        elapsed_ns: u64,
        /// The most memory it had, in bytes.
        peak_memory: u64,
    },
}

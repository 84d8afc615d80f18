//! A loaded program, on either engine.

use std::future::Future;
use std::pin::Pin;

use flux_recorder::{Digest, Encode, End, FailureKind, Outcome, Recording, TailFailure, Trigger};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::execution::Execution;
use crate::limits::{LimitHit, Limits};
use crate::response::{self, Refused};

/// A handler that a guest exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Answers HTTP requests.
    Http,
    /// Runs jobs.
    Job,
}

/// What a handler is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A request.
    Http(http_handler::Request),
    /// A job.
    Job(job_handler::Job),
    /// The run of a schedule, as a job.
    Cron(job_handler::Job),
}

/// What a handler gave back.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A response.
    Http(http_handler::Response),
    /// What became of a job.
    Job(Result<(), job_handler::Failure>),
    /// A response that no client can be sent: a failure of the guest.
    Refused(Refused),
}

impl Input {
    /// The handler it is for.
    pub fn handler(&self) -> Handler {
        match self {
            Self::Http(_) => Handler::Http,
            Self::Job(_) | Self::Cron(_) => Handler::Job,
        }
    }

    /// Whether it asks for headers only.
    pub fn is_head(&self) -> bool {
        matches!(self, Self::Http(request) if request.method == "HEAD")
    }

    /// As the journal has it. `name` is the route, the queue or the schedule.
    pub fn trigger(&self, name: &str) -> Trigger {
        let (kind, input) = match self {
            Self::Http(request) => ("http", request.to_canonical()),
            Self::Job(job) => ("job", job.to_canonical()),
            Self::Cron(job) => ("cron", job.to_canonical()),
        };
        Trigger { kind: kind.to_owned(), name: name.to_owned(), input }
    }

    /// Back from the journal, as a replay hands it to its guest.
    pub fn from_recording(recording: &Recording) -> Result<Self, flux_recorder::DecodeError> {
        let trigger = &recording.begin.trigger;
        match trigger.kind.as_str() {
            "http" => recording.hand(&trigger.input).map(Self::Http),
            "job" => recording.hand(&trigger.input).map(Self::Job),
            "cron" => recording.hand(&trigger.input).map(Self::Cron),
            kind => {
                Err(flux_recorder::DecodeError::UnknownName { expected: "a trigger", name: kind.to_owned() })
            }
        }
    }
}

impl Output {
    /// As the client will see it. Errs where it is larger than an execution may answer; `to_head` says that
    /// it answers a HEAD request.
    pub fn within(self, limits: Limits, to_head: bool) -> wasmtime::Result<Self> {
        match self {
            Self::Http(response) if response.body.len() > limits.response => {
                Err(LimitHit::Response(limits.response).into())
            }
            Self::Http(response) => {
                Ok(response::checked(response, to_head).map_or_else(Self::Refused, Self::Http))
            }
            _ => Ok(self),
        }
    }

    /// As the journal has it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Http(response) => Outcome::Returned(response.to_canonical()),
            Self::Job(done) => Outcome::Returned(done.to_canonical()),
            Self::Refused(why) => {
                let (kind, message) = (FailureKind::Trap, why.to_string());
                Outcome::Failed { kind, message, backtrace: Vec::new() }
            }
        }
    }
}

/// An execution that ended.
#[derive(Debug)]
pub struct Ended {
    /// What the handler gave back; none where it gave nothing.
    pub output: Option<Output>,
    /// How it ended, as the journal has it.
    pub end: End,
    /// How the guest failed after its answer had gone out.
    pub tail: Option<TailFailure>,
    /// Whether the end is in the journal. An execution whose end is not may not be answered.
    pub recorded: bool,
}

impl Ended {
    /// The end of an execution, which goes into its journal, after what its guest left open was given
    /// back. `peak_memory` is in bytes.
    pub async fn of(
        mut execution: Execution,
        output: Option<Output>,
        outcome: Outcome,
        peak_memory: u64,
    ) -> Self {
        execution.close().await;
        let mut end = End { outcome, elapsed_ns: execution.elapsed_ns(), peak_memory };
        execution.session().hide(&mut end);
        let mut tail = None;
        if let Some(answered) = execution.answered().cloned() {
            tail = failure(std::mem::replace(&mut end.outcome, answered));
        }
        if let Some(TailFailure { kind, message }) = &tail {
            // A journal that does not take the mark does not take the end either.
            execution.session().tail_failed(*kind, message).ok();
        }
        let recorded = execution.session().end(end.clone()).is_ok();
        let output = output.or_else(|| execution.take_output());
        Self { output, end, tail, recorded }
    }

    /// An execution that was answered and goes on: nobody waits for its end.
    pub fn answered(output: Output, elapsed_ns: u64) -> Self {
        let end = End { outcome: output.outcome(), elapsed_ns, peak_memory: 0 };
        Self { output: Some(output), end, tail: None, recorded: true }
    }

    /// The end of an execution that the engine has lost: its journal has none.
    pub fn lost(message: &str) -> Self {
        let (kind, message) = (FailureKind::Host, message.to_owned());
        let outcome = Outcome::Failed { kind, message, backtrace: Vec::new() };
        let end = End { outcome, elapsed_ns: 0, peak_memory: 0 };
        Self { output: None, end, tail: None, recorded: false }
    }
}

fn failure(outcome: Outcome) -> Option<TailFailure> {
    match outcome {
        Outcome::Returned(_) => None,
        Outcome::Failed { kind, message, .. } => Some(TailFailure { kind, message }),
    }
}

/// A future that an engine runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;
/// A future that makes a fresh instance.
pub type Starting<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;

/// A loaded program.
pub trait Guest: Send + Sync {
    /// The name of its bytes.
    fn digest(&self) -> Digest;
    /// The handlers it exports.
    fn handlers(&self) -> &[Handler];
    /// The engine that runs it, such as `wasmtime 48`.
    fn engine(&self) -> &'static str;
    /// Whether its headers are bytes, as those of `wasi:http` are, and not text.
    fn takes_bytes(&self) -> bool {
        false
    }
    /// Makes a fresh instance and calls nothing: what an execution waits for before its handler runs.
    fn start(&self, execution: Execution) -> Starting<'_>;
    /// Runs one handler in a fresh instance, to its end. A guest can fail in any way; the host goes on.
    fn call(&self, input: Input, execution: Execution) -> Running<'_>;
}

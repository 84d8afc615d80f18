//! A loaded program, on either engine.

use std::future::Future;
use std::pin::Pin;

use flux_recorder::{Digest, Encode, End, FailureKind, Outcome, Recording, Replayed, Trigger};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::execution::Execution;
use crate::limits::{LimitHit, Limits};

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
}

impl Input {
    /// The handler it is for.
    pub fn handler(&self) -> Handler {
        match self {
            Self::Http(_) => Handler::Http,
            Self::Job(_) | Self::Cron(_) => Handler::Job,
        }
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
    /// Errs where it is larger than an execution may answer.
    pub fn within(self, limits: Limits) -> wasmtime::Result<Self> {
        match &self {
            Self::Http(response) if response.body.len() > limits.response => {
                Err(LimitHit::Response(limits.response).into())
            }
            _ => Ok(self),
        }
    }

    /// As the journal has it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Http(response) => Outcome::Returned(response.to_canonical()),
            Self::Job(done) => Outcome::Returned(done.to_canonical()),
        }
    }
}

/// An execution that ended.
#[derive(Debug)]
pub struct Ended {
    /// What the handler gave back; none where it failed.
    pub output: Option<Output>,
    /// How it ended, as the journal has it.
    pub end: End,
    /// What a replay found.
    pub replayed: Option<Replayed>,
    /// Whether the end is in the journal. An execution whose end is not may not be answered.
    pub recorded: bool,
}

impl Ended {
    /// The end of an execution, which goes into its journal. `peak_memory` is in bytes.
    pub fn of(mut execution: Execution, output: Option<Output>, outcome: Outcome, peak_memory: u64) -> Self {
        report_open_transactions(&mut execution);
        let mut end = End { outcome, elapsed_ns: execution.elapsed_ns(), peak_memory };
        execution.session().hide(&mut end);
        let ended = execution.session().end(end.clone());
        let recorded = ended.is_ok();
        Self { output, end, replayed: ended.ok().flatten(), recorded }
    }

    /// The end of an execution that the engine has lost: its journal has none.
    pub fn lost(message: &str) -> Self {
        let (kind, message) = (FailureKind::Host, message.to_owned());
        let outcome = Outcome::Failed { kind, message, backtrace: Vec::new() };
        let end = End { outcome, elapsed_ns: 0, peak_memory: 0 };
        Self { output: None, end, replayed: None, recorded: false }
    }
}

/// A transaction that the guest left open is rolled back with the execution: not in silence. If the
/// journal cannot take the mark, it cannot take the end either, and that is noticed there.
fn report_open_transactions(execution: &mut Execution) {
    let open: Vec<u32> = execution.transactions().handles().collect();
    for handle in open {
        if let Ok(label) = execution.handles().label(handle) {
            tracing::warn!("transaction {label} was left open and is rolled back");
            execution.session().mark("db.rolled-back", &label).ok();
        }
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
    /// Makes a fresh instance and calls nothing: what an execution waits for before its handler runs.
    fn start(&self, execution: Execution) -> Starting<'_>;
    /// Runs one handler in a fresh instance, to its end. A guest can fail in any way; the host goes on.
    fn call(&self, input: Input, execution: Execution) -> Running<'_>;
}

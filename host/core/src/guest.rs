//! A loaded program, on either engine.

use std::future::Future;
use std::pin::Pin;

use flux_recorder::{Digest, Encode, End, Outcome, Replayed, Trigger};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::execution::Execution;

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

    /// Back from the journal.
    pub fn from_trigger(trigger: &Trigger) -> Result<Self, flux_recorder::DecodeError> {
        use flux_recorder::Decode;
        match trigger.kind.as_str() {
            "http" => http_handler::Request::from_canonical(&trigger.input).map(Self::Http),
            "job" => job_handler::Job::from_canonical(&trigger.input).map(Self::Job),
            "cron" => job_handler::Job::from_canonical(&trigger.input).map(Self::Cron),
            kind => {
                Err(flux_recorder::DecodeError::UnknownName { expected: "a trigger", name: kind.to_owned() })
            }
        }
    }
}

impl Output {
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

/// A future that an engine runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;

/// A loaded program.
pub trait Guest: Send + Sync {
    /// The name of its bytes.
    fn digest(&self) -> Digest;
    /// The handlers it exports.
    fn handlers(&self) -> &[Handler];
    /// The engine that runs it, such as `wasmtime 48`.
    fn engine(&self) -> &'static str;
    /// Runs one handler in a fresh instance, to its end. A guest can fail in any way; the host goes on.
    fn call(&self, input: Input, execution: Execution) -> Running<'_>;
}

//! Handlers: what a guest is called with, and what it gives back.

use flux_recorder::{Encode, FailureKind, Outcome, Recording, Trigger};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::description::Content;
use crate::limits::{LimitHit, Limits};
use crate::response::{self, Refused};

const PAIRS: Content = Content::List(&Content::Tuple(&[Content::Plain, Content::Plain]));
const REQUEST: Content = Content::Record(&[
    ("method", Content::Plain),
    ("path", Content::Plain),
    ("query", Content::Plain),
    ("headers", Content::Headers),
    ("body", Content::Body),
    ("params", PAIRS),
]);
const JOB: Content =
    Content::Record(&[("id", Content::Plain), ("queue", Content::Plain), ("payload", Content::Body)]);
const FAILURE: Content = Content::Variant(&[("retry", Content::Plain), ("discard", Content::Plain)]);

/// The interfaces of the handlers, as a package of WIT.
pub const HANDLERS: &str = include_str!("../../../wit/handlers.wit");
/// What the inputs of triggers hold, by the trigger's kind.
pub const INPUTS: &[(&str, Content)] = &[("http", REQUEST), ("job", JOB), ("cron", JOB)];
/// What handlers give back: a response, or what became of a job.
pub const OUTPUTS: &[Content] = &[
    Content::Record(&[("headers", Content::Headers), ("body", Content::Body)]),
    Content::Outcome(&Content::Plain, &FAILURE),
];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::Interface;

    #[test]
    fn all_that_handlers_take_and_give_is_described() {
        let handlers = Interface::parse(HANDLERS).expect("WIT");
        let signatures: Vec<_> = handlers.iter().flat_map(|it| &it.functions).collect();
        let [http, job] = signatures.as_slice() else { panic!("{signatures:?}") };
        let input = |kind: &str| INPUTS.iter().find(|(known, _)| *known == kind).expect("it is described").1;
        for (kind, signature) in [("http", http), ("job", job), ("cron", job)] {
            assert!(input(kind).covers(&signature.parameters[0].1), "{kind}");
        }
        for signature in [http, job] {
            let output = signature.result.as_ref().expect("it gives something");
            assert!(OUTPUTS.iter().any(|it| it.covers(output)), "{}", signature.name);
        }
    }
}

//! The line that the log has of an execution, or of a request that never became one.
//!
//! Lines are events of `tracing` with fields. Whoever runs the server decides whether and how they are shown; a
//! line that nobody wants costs one comparison.

use flux_host::bindings::exports::flux::host::job_handler::Failure;
use flux_host::{Ended, Input, Output, Stack};
use flux_recorder::{FailureKind, Outcome};
use flux_runtime::log::EXECUTION;
use flux_runtime::{Finished, NotRun};
use http::StatusCode;
use http::request::Parts;
use tracing::{Level, enabled, error, info, warn};

use super::refusal::Refusal;

/// What is known of an execution before it begins.
pub(crate) struct Line<'a> {
    name: &'a str,
    trigger: &'static str,
    // Only where lines are shown.
    request: Option<(String, String)>,
    attempt: Option<u32>,
}

impl<'a> Line<'a> {
    pub(crate) fn of(name: &'a str, input: &Input) -> Self {
        let is_shown = enabled!(target: EXECUTION, Level::INFO);
        let (trigger, request, attempt) = match input {
            Input::Http(request) => {
                let words = || (request.method.clone(), request.path.clone());
                ("http", is_shown.then(words), None)
            }
            Input::Job(job) => ("job", None, Some(job.attempt)),
            Input::Cron(job) => ("cron", None, Some(job.attempt)),
        };
        Self { name, trigger, request, attempt }
    }

    /// The execution has its answer, or failed.
    pub(crate) fn ended(&self, finished: &Finished) {
        let Self { name, trigger, attempt, .. } = *self;
        let (method, path) = self.words();
        let Finished { id, ended } = finished;
        let (status, elapsed_us) = (status(trigger, ended), ended.end.elapsed_ns / 1000);
        match &ended.end.outcome {
            Outcome::Failed { kind, message, backtrace } => {
                let (failure, frames) = (kind.name(), Stack::of(backtrace).own.join("\n"));
                error!(target: EXECUTION, trigger, name, method, path, attempt, status, elapsed_us, %id, failure, frames, "{message}");
            }
            Outcome::Returned(_) => match reason(ended) {
                Some(reason) => {
                    info!(target: EXECUTION, trigger, name, method, path, attempt, status, elapsed_us, %id, "{reason}");
                }
                None => {
                    info!(target: EXECUTION, trigger, name, method, path, attempt, status, elapsed_us, %id)
                }
            },
        }
    }

    /// The execution did not begin, or its record was lost.
    pub(crate) fn not_run(&self, error: &NotRun) {
        let Self { name, trigger, attempt, .. } = *self;
        let (method, path) = self.words();
        let status = (trigger == "http").then_some("503");
        match error {
            NotRun::Overloaded(_) => {
                warn!(target: EXECUTION, trigger, name, method, path, attempt, status, "{error}");
            }
            NotRun::NotRecorded(_) => {
                error!(target: EXECUTION, trigger, name, method, path, attempt, status, "{error}");
            }
        }
    }

    fn words(&self) -> (Option<&str>, Option<&str>) {
        self.request.as_ref().map(|(method, path)| (method.as_str(), path.as_str())).unzip()
    }
}

/// The line of a request that no guest sees.
pub(crate) fn refused(head: &Parts, refusal: &Refusal) {
    let Refusal { status, title, .. } = refusal;
    let (method, path, status) = (head.method.as_str(), head.uri.path(), status.as_str());
    info!(target: EXECUTION, trigger = "http", method, path, status, "{title}");
}

/// What a client sees of a guest that gave no response.
pub(crate) fn failure_status(kind: FailureKind) -> StatusCode {
    let status = flux_recorder::failure_status(kind).and_then(|status| StatusCode::from_u16(status).ok());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A status of HTTP, or what became of a job.
fn status(trigger: &str, ended: &Ended) -> String {
    match (&ended.output, &ended.end.outcome) {
        (Some(Output::Http(response)), _) => response.status.to_string(),
        (Some(Output::Refused(_)), _) => flux_recorder::REFUSED_STATUS.to_string(),
        (Some(Output::Job(Ok(()))), _) => "done".to_owned(),
        (Some(Output::Job(Err(Failure::Retry(_)))), _) => "retry".to_owned(),
        (Some(Output::Job(Err(Failure::Discard(_)))), _) => "discard".to_owned(),
        (None, _) if trigger != "http" => "failed".to_owned(),
        (None, Outcome::Failed { kind, .. }) => failure_status(*kind).as_str().to_owned(),
        (None, Outcome::Returned(_)) => StatusCode::INTERNAL_SERVER_ERROR.as_str().to_owned(),
    }
}

/// Why a job was not done, in its handler's words.
fn reason(ended: &Ended) -> Option<&str> {
    match &ended.output {
        Some(Output::Job(Err(Failure::Retry(reason) | Failure::Discard(reason)))) => Some(reason),
        _ => None,
    }
}

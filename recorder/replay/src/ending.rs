//! How a recording ended.

use flux_recorder::{FailureKind, Outcome, Recording, is_failure};

/// Whether the recording failed: in its result, or in what its guest did after the response.
pub(crate) fn failed(recording: &Recording) -> bool {
    is_failure(&recording.end.outcome) || tail_failure(recording).is_some()
}

/// How its guest failed after the response. Where the process ended there, nothing says that it would have.
pub(crate) fn tail_failure(recording: &Recording) -> Option<FailureKind> {
    recording.tail.as_ref().filter(|_| !recording.interrupted_tail).map(|tail| tail.kind)
}

/// A recording that does not say how its guest would have ended.
pub(crate) fn ends_early(recording: &Recording) -> Option<&'static str> {
    match &recording.end.outcome {
        Outcome::Failed { kind: FailureKind::Interrupted, .. } => {
            Some("the process ended while this was recorded, so its real end is unknown")
        }
        Outcome::Failed { kind: FailureKind::Host, .. } => {
            Some("the host ended this when it was recorded, so its real end is unknown")
        }
        _ => None,
    }
}

/// An outcome in a few words.
pub fn headline(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { kind, message, .. } => format!("{}: {message}", kind.name()),
        Outcome::Returned(bytes) => match flux_recorder::Value::read(bytes) {
            Ok(value) => match flux_recorder::http_status(&value) {
                Some(status) => status.to_string(),
                None => value.to_string(),
            },
            Err(_) => "an unreadable result".to_owned(),
        },
    }
}

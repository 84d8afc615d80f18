//! The HTTP status that the client of an execution got.

use crate::event::{FailureKind, Outcome};
use crate::value::Value;

/// The mark of an execution whose response no client can be sent. Its text says why.
pub const REFUSED: &str = "refused";
/// What the client gets in the place of such a response.
pub const REFUSED_STATUS: u16 = 502;

/// The status that the client gets where a guest fails before it has answered; none: there is no answer.
pub fn failure_status(kind: FailureKind) -> Option<u16> {
    match kind {
        FailureKind::TimeLimit => Some(504),
        FailureKind::Host => Some(503),
        FailureKind::Interrupted => None,
        _ => Some(500),
    }
}

/// The status of an `http-handler.response`.
pub fn http_status(response: &Value) -> Option<u16> {
    match response.field("status")? {
        Value::Unsigned(status) => u16::try_from(*status).ok(),
        _ => None,
    }
}

/// Whether a handler's outcome counts as a failure: no result, an HTTP status of 500 or more, or a
/// job that was not done.
pub fn is_failure(outcome: &Outcome) -> bool {
    let Outcome::Returned(bytes) = outcome else {
        return true;
    };
    match Value::read(bytes) {
        Ok(Value::Result(result)) => result.is_err(),
        Ok(value) => http_status(&value).is_some_and(|status| status >= 500),
        Err(_) => true,
    }
}

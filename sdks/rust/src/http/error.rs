//! Errors that are answers.

use crate::json::chain;
use serde::Serialize;

/// An error as the client sees it: a problem of RFC 9457 as JSON.
///
/// Every [`std::error::Error`] becomes a 500 with `?`. What it says goes to the log and not to the
/// client, who has no use for the names of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub(super) problem: Problem,
    pub(super) cause: Option<String>,
}

/// The fields in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    title: String,
    pub(super) status: u16,
    detail: String,
}

impl Error {
    /// An error with any status; its title is the status's usual name.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        let problem = Problem { title: title(status).into(), status, detail: detail.into() };
        Self { problem, cause: None }
    }

    /// 400: the request is not what it should be.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, detail)
    }

    /// 409: it does not fit what is there.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, detail)
    }

    /// 422: well formed, and yet not valid.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(422, detail)
    }

    /// 502: another service failed.
    pub fn bad_gateway(detail: impl Into<String>) -> Self {
        Self::new(502, detail)
    }

    /// Gives it another title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.problem.title = title.into();
        self
    }

    /// The status the client gets.
    pub fn status(&self) -> u16 {
        self.problem.status
    }

    /// The text the client gets.
    pub fn detail(&self) -> &str {
        &self.problem.detail
    }
}

// Error is no std::error::Error, or this conversion would overlap with the one of a type to
// itself.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let answer = Self::new(500, "the request could not be handled");
        Self { cause: Some(chain(&error)), ..answer }
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        status if status < 500 => "Client Error",
        _ => "Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use crate::http::IntoResponse;

    #[test]
    fn a_problem_is_json_in_a_fixed_order() {
        let response = Error::not_found("no order `7`").into_response();
        assert_eq!(response.status, 404);
        let body = r#"{"title":"Not Found","status":404,"detail":"no order `7`"}"#;
        assert_eq!(response.body, body.as_bytes());
    }

    #[test]
    fn what_an_error_says_is_not_for_the_client() {
        let error = Error::from(crate::kv::Error::Denied("secret place".into()));
        assert_eq!(error.status(), 500);
        assert_eq!(error.detail(), "the request could not be handled");
        assert_eq!(error.cause.as_deref(), Some("the bucket is denied: secret place"));
    }
}

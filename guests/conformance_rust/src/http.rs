//! The types of the HTTP handler themselves.

use crate::canonical::Report;
use flux_sdk::http::{Error, Request, Response};

/// What JSON has to escape, and what it has not.
pub const DETAIL: &str = "é€🦀 \"quoted\" back\\slash /slash <&> \u{2028} \u{1}\u{7f}\n\t";

/// The request, as it was lifted.
pub fn describe(request: &Request) -> Response {
    let mut report = Report::default();
    report.line("http", "method", &request.method);
    report.line("http", "path", &request.path);
    report.line("http", "query", &request.query);
    report.line("http", "headers", &request.headers);
    report.line("http", "body", request.body.as_slice());
    report.line("http", "params", &request.params);
    report.respond()
}

/// A response of the request's own headers and body, with the status that its parameter says.
pub fn mirror(request: Request) -> Result<Response, Error> {
    let status = request.param("status").and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Error::bad_request("which status?"))?;
    Ok(Response { status, headers: request.headers, body: request.body })
}

//! What becomes of a handler's result.

use super::error::Error;
use super::response::Response;

/// What an HTTP handler may return.
pub trait IntoResponse {
    /// Makes it the answer to the host.
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl<E: Into<Error>> IntoResponse for Result<Response, E> {
    fn into_response(self) -> Response {
        self.unwrap_or_else(|error| error.into().into_response())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Some(cause) = self.cause {
            crate::log::error!("the handler failed", error = cause);
        }
        let response = Response::status(self.problem.status);
        // Two strings and a number are always JSON.
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        response.header("content-type", "application/problem+json").body(body)
    }
}

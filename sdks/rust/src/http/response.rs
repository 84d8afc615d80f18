//! Responses to give.

use super::Error;
use serde::Serialize;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, in the order they are sent.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers and body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A response of plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        let response = Self::status(status).header("content-type", "text/plain; charset=utf-8");
        response.body(text.into())
    }

    /// A response of JSON. It fails if the value cannot be written as JSON, which makes it the
    /// last expression of a handler.
    pub fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self, Error> {
        let body = serde_json::to_vec(value)?;
        Ok(Self::status(status).header("content-type", "application/json").body(body))
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

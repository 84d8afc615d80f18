//! Outgoing HTTP. The hosts that may be reached are listed in `flux.toml`.
//!
//! ```no_run
//! use flux_sdk::fetch::{self, Request};
//! use std::time::Duration;
//!
//! fn both(url: &str) -> Result<(u16, u16), fetch::Error> {
//!     let ask = |path| Request::get(format!("{url}{path}")).timeout(Duration::from_secs(2));
//!     let [left, right] = fetch::send_array(&[ask("/left"), ask("/right")]);
//!     Ok((left?.status, right?.status))
//! }
//! ```

mod error;
mod request;
mod response;

use crate::bindings::flux::host::fetch as host;

pub use error::Error;
pub use request::Request;
pub use response::Response;

impl Request {
    /// Sends it. Every status is a response, not an error.
    pub fn send(&self) -> Result<Response, Error> {
        send(self)
    }
}

/// Sends one request. Every status is a response, not an error.
pub fn send(request: &Request) -> Result<Response, Error> {
    host::send(request)
}

/// Sends several at once; the results are in the order of the requests.
pub fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
    host::send_all(requests)
}

/// As [`send_all`], for a number of requests that is known at compile time.
///
/// # Panics
/// If the host gives another number of results than there are requests.
pub fn send_array<const N: usize>(requests: &[Request; N]) -> [Result<Response, Error>; N] {
    match send_all(requests).try_into() {
        Ok(results) => results,
        Err(results) => panic!("{N} requests were sent and {} answered", results.len()),
    }
}

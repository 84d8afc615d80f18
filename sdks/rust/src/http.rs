//! The requests that a guest answers.
//!
//! ```no_run
//! use flux_sdk::http::{Error, Request, Response};
//!
//! #[flux_sdk::http_handler]
//! fn handle(request: Request) -> Result<Response, Error> {
//!     let name = request.query_param("name").ok_or_else(|| Error::bad_request("who?"))?;
//!     Ok(Response::text(200, format!("hello {name}\n")))
//! }
//! # fn main() {}
//! ```

mod error;
mod into_response;
mod query;
mod request;
mod response;

pub use error::Error;
pub use into_response::IntoResponse;
pub use request::Request;
pub use response::Response;

/// The first header of this name, whatever its case.
pub(crate) fn find_header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
    Some(&header.1)
}

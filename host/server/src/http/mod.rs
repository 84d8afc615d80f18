//! The HTTP trigger. A request passes the files of this folder in this order:
//!
//! ```text
//! connection.rs  accepts, bounds and ends connections; activity.rs is how it knows an idle one
//! request.rs     what HTTP asks of a request's head, and the request as the guest sees it
//! router.rs      which route of flux.toml answers
//! body.rs        reads the body within its limits
//! trigger.rs     runs the guest
//! response.rs    the response, and the host's own answers
//! ```
//!
//! docs/http.md has the rules.

mod activity;
mod body;
pub(crate) mod connection;
mod request;
mod response;
mod router;
mod trigger;

pub use trigger::HttpTrigger;
pub(crate) use trigger::report;

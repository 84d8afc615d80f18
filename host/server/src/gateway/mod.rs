//! What stands between a trigger and a guest. A request passes these layers, always in this order:
//!
//! ```text
//! head.rs     what HTTP asks of a request's head, and the request as the guest sees it
//! router.rs   which route of flux.toml answers
//! body.rs     reads the body within its limits
//! execute.rs  the guest by its name, its execution, and the line about it in the log
//! ```
//!
//! `request.rs` puts the first three together. Jobs and runs of schedules have no head, no route and no body: they
//! begin at `execute.rs`. A new layer is a file here and a line where its place in the order is.

mod body;
mod execute;
mod head;
mod line;
mod refusal;
mod request;
mod router;
mod underway;

pub(crate) use execute::{Gateway, NotExecuted};
pub(crate) use line::failure_status;
pub(crate) use refusal::Refusal;
pub(crate) use request::{Admitted, Requests};
pub(crate) use underway::Kind;
pub use underway::{Counts, Underway};

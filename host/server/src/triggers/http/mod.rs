//! The HTTP trigger: listens, and answers each request with what the guest says.
//!
//! `trigger.rs` hands a request to the gateway and gives it to the guest; `response.rs` has the response and the
//! host's own answers, and `body.rs` its body. docs/http.md has the rules.

mod body;
mod response;
mod trigger;

pub(super) use trigger::register;

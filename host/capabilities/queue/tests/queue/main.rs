//! All back ends against one list of expectations, what only some can do, and the guest's side live,
//! recorded and replayed.

#![expect(clippy::unwrap_used, reason = "a panic is the test's report")]

mod clocks;
mod files;
mod guest;
mod inspect;
mod interrupted;
mod join;
mod nats;
mod nodes;
mod services;
mod settlement;
mod suite;
mod support;

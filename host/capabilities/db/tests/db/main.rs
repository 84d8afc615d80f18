//! `db` through the boundary: what a guest sees live, recorded and replayed.

#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod answers;
mod failures;
mod isolation;
mod statements;
mod support;
mod transactions;

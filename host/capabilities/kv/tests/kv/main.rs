//! `kv` through the boundary: one suite, on every back end.

#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod boundary;
mod differential;
mod suite;
mod support;

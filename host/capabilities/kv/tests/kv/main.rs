//! `kv` through the boundary: one suite, on every back end.

#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod backends;
mod boundary;
mod differential;
mod edges;
mod outage;
mod redis_only;
mod server;
mod suite;
mod support;
mod sweep;
mod tls;

//! `db` through the boundary: what a guest sees live, recorded and replayed, on both databases.

#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod answers;
mod differences;
mod differential;
mod failures;
mod isolation;
mod postgres_server;
mod postgres_session;
mod postgres_statements;
mod postgres_types;
mod schema;
mod schema_changes;
mod sqlite_statements;
mod sqlite_values;
mod statements;
mod support;
mod transactions;

//! `db` through the boundary: what a guest sees live, recorded and replayed.

mod answers;
mod failures;
mod isolation;
mod statements;
mod support;
mod transactions;

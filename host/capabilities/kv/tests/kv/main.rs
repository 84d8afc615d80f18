//! `kv` through the boundary: one suite, on every back end.

mod boundary;
mod differential;
mod suite;
mod support;

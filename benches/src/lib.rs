//! What the benches share: a call at the boundary, driven as a guest drives it but without Wasm.
//!
//! `make bench` runs them all and leaves every figure under target/bench/. Criterion benches are in
//! benches/: `boundary` (one call: live, recorded, replayed), `encoding` (typed against dynamic
//! values) and `replay` (whole executions). `instructions` counts instructions under callgrind, and
//! `side_by_side` serves the same guests by `flux run` and by `wasmtime serve`. Nothing here asserts
//! a time, and what a number includes is said where it is taken.

pub mod bare;
mod boundary;
mod clock;
mod journal;
pub mod orders;

pub use boundary::{Call, Caller, World};
pub use clock::Stopwatch;
pub use journal::{Destination, Journals, begin, end};

//! What operators and their programs ask, on an address of its own: `health.rs` has /healthz and /readyz.

mod health;

pub(crate) use health::run;

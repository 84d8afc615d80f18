//! Connections of HTTP, for whoever listens: `serve.rs` accepts, bounds and ends them, and `activity.rs` is how it
//! knows one on which nothing happens.

mod activity;
mod serve;

pub(crate) use activity::Activity;
pub(crate) use serve::{Bounds, serve};

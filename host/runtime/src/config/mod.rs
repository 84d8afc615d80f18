//! flux.toml: what all apps have in it, and its check. What capabilities have in it is their own
//! (`flux_host::section`); `project.rs` reads the whole.

pub(crate) mod check;
mod error;
mod nameable;
mod record;
mod route;
mod tolerances;
mod types;

pub use error::ConfigError;
pub use record::*;
pub use route::{METHODS, NoRoute, Route, rank};
pub use types::*;

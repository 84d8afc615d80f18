//! flux.toml: what all apps have in it, and its check. What capabilities have in it is their own
//! (`flux_host::section`); `project.rs` reads the whole.

pub(crate) mod check;
mod error;
mod listen;
mod nameable;
mod path;
mod record;
mod redact;
mod route;
mod table;
mod tolerances;
mod types;

pub use error::ConfigError;
pub use path::NoRoute;
pub use record::*;
pub use route::Route;
pub use table::{METHODS, Parts, Target, rank, table};
pub use types::*;

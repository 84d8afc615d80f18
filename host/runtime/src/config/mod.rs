//! flux.toml: what all apps have in it, and its check. What capabilities have in it is their own
//! (`flux_host::section`); `project.rs` reads the whole.

pub(crate) mod check;
mod entries;
mod error;
mod listen;
mod path;
mod record;
mod route;
mod table;
mod types;

pub use error::ConfigError;
pub use path::NoRoute;
pub use record::*;
pub use route::Route;
pub use table::{METHODS, Parts, Target, rank, table};
pub use types::*;

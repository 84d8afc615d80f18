//! What starts executions: HTTP requests, jobs and schedules. And the admin address beside them.
//!
//! ```text
//! triggers/   request  -> gateway -> response with x-flux-execution (http/)
//!             queue    -> claim   -> gateway -> settle (jobs.rs)
//!             schedule -> tick    -> a job of its hidden queue, whose worker makes it Input::Cron (cron.rs)
//! gateway/    what stands between a trigger and a guest, in a fixed order; its end is App::execute
//! admin/      health and readiness
//! ```
//!
//! [`Server`] puts the three together. Neighbours: `flux-runtime` has the app, the command `flux` runs the server.

mod admin;
mod connection;
mod error;
mod gateway;
mod listeners;
mod server;
mod triggers;

pub use error::ServerError;
pub use gateway::{Counts, Underway};
pub use listeners::{Addresses, Listeners};
pub use server::Server;

#![doc = include_str!("../README.md")]

mod bindings;
pub mod clock;
pub mod config;
pub mod db;
pub mod fetch;
pub mod http;
pub mod jobs;
mod json;
pub mod kv;
pub mod log;
pub mod queue;
pub mod random;

pub use flux_sdk_macros::{http_handler, job_handler};
pub use json::JsonError;

/// What the attributes expand to. No part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::http::{IntoResponse, Request, Response};
    pub use crate::jobs::{Failure, IntoOutcome, Job};
    pub use wit_bindgen;
}

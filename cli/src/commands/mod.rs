//! A file a command: settings in, status out.

pub mod build;
pub mod completions;
pub mod guests;
pub mod new;
pub mod replay;
pub mod run;
pub mod schema;
pub mod tail;
pub mod trace;

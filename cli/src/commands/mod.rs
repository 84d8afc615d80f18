//! A file a command: settings in, status out.

pub mod add;
pub mod build;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod explain;
pub mod guests;
pub mod keys;
pub mod new;
pub mod queue;
pub mod records;
pub mod replay;
pub mod run;
pub mod scan;
pub mod schema;
pub mod tail;
pub mod trace;
pub mod up;

//! Comparison from outside: what differs, where, and what a tolerance covers.

mod any_bytes;
mod edits;
mod examples;
mod fuzz;
mod large;
mod model;
mod page;
mod properties;
mod reference;

//! Comparison from outside: what differs, where, and what a tolerance covers.

mod edits;
mod examples;
mod model;
mod properties;
mod reference;

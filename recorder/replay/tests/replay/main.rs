//! Comparison from outside: what differs, where, and what a tolerance covers.

mod examples;

//! The replay core from outside: what is recorded, what a replay says of it, and what no bytes can do.

mod ambient;
mod bounds;
mod canonical;
mod fixtures;
mod format_doc;
mod generate;
mod journals;
mod matching;
mod mutations;
mod redaction;
mod responses;
mod secrets;
mod stand_ins;
mod torn;
mod transcript;
mod verdicts;

//! The recorder from outside: what is recorded, and what no bytes can do.

mod bounds;
mod canonical;
mod fixtures;
mod format_doc;
#[expect(dead_code, reason = "the calls are for the tests of replays, which share this file")]
mod generate;
mod journals;
mod stand_ins;
mod torn;
mod transcript;

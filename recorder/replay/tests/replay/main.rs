//! Replays from outside: what they say of a guest that does the same, or something else.

mod ambient;
mod check;
mod edits;
mod examples;
#[path = "../../../tests/recorder/generate.rs"]
#[expect(dead_code, reason = "events are for the recorder's own tests, which share this file")]
mod generate;
mod interrupted;
mod matching;
mod model;
mod mutations;
mod properties;
mod redaction;
mod reference;
mod responses;
mod scale;
mod secrets;
mod tails;
#[path = "../../../tests/recorder/transcript.rs"]
mod transcript;
mod verdict_property;
mod verdicts;

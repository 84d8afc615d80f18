//! Replays from outside: what they say of a guest that does the same, or something else.

mod ambient;
mod any_bytes;
mod blame;
mod by_hand;
mod check;
mod cut_short;
mod edits;
mod examples;
mod fuzz;
#[path = "../../../tests/recorder/generate.rs"]
#[expect(dead_code, reason = "events are for the recorder's own tests, which share this file")]
mod generate;
mod interrupted;
mod kept;
mod large;
mod many;
mod matching;
mod model;
mod mutations;
mod page;
mod properties;
mod redaction;
mod reference;
mod responses;
mod scale;
mod secrets;
mod tails;
mod texts;
#[path = "../../../tests/recorder/transcript.rs"]
mod transcript;
mod verdict_property;
mod verdicts;

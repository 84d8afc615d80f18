//! Replays: a recorded execution is run again with nothing to act with, and told against what was recorded.
//!
//! Sans-IO, like `flux-recorder` below it. A [`Replay`] gives out a session, which answers every call of the
//! guest from the recording; when the guest has ended, the replay says what it found, or that the guest has to
//! run once more.
//!
//! ```
//! use std::sync::Arc;
//! use flux_recorder::*;
//! use flux_replay::{Replay, Tolerances, Verdict};
//! # let begin = Begin { id: uuid::Uuid::nil(), parent: None, guest: Digest([0; 32]), engine: "none".into(),
//! #     seed: [0; 32], started_ns: 0, trigger: Trigger { kind: "test".into(), name: "doc".into(), input: vec![] } };
//! # let journal = MemoryJournal::default();
//! # let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(KeepAll))?;
//! # if let Step::Execute(ticket) = session.begin::<u64>("kv.bucket.increment", &("hits", "home", 1i64))? {
//! #     session.finish(ticket, &41u64, 900)?;
//! # }
//! # session.end(End { outcome: returned(&200u16), elapsed_ns: 5_000, peak_memory: 0 })?;
//! // A recording in which a guest incremented a counter, was told 41, and returned 200.
//! let recording = Arc::new(Recording::read(journal.bytes())?);
//! let guest = recording.begin.guest;
//! let mut replay = Replay::new(recording, Arc::new(Tolerances::default()), Arc::new(KeepAll), guest);
//! let report = loop {
//!     let mut session = replay.session();
//!     // The guest runs; here it is two lines.
//!     assert_eq!(session.begin::<u64>("kv.bucket.increment", &("hits", "home", 1i64))?, Step::Return(41));
//!     session.end(End { outcome: returned(&200u16), elapsed_ns: 100, peak_memory: 0 })?;
//!     if let Some(report) = replay.report()? {
//!         break report;
//!     }
//! };
//! assert_eq!(report.verdict, Verdict::Identical);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod align;
mod compare;
mod divergence;
mod ending;
mod explain;
mod found;
mod headers;
mod json;
mod layout;
mod mask;
mod moves;
mod node;
mod output;
mod parse;
mod path;
mod relaid;
mod replay;
mod run;
mod script;
mod tolerance;
mod twins;
mod verdict;

pub use compare::compare;
pub use divergence::Divergence;
pub use ending::headline;
pub use found::{Comparison, Difference, DifferenceKind, MOST_DIFFERENCES};
pub use json::MAX_JSON_DEPTH;
pub use mask::mask;
pub use output::OutputDifference;
pub use parse::PatternError;
pub use path::{Path, Step};
pub use relaid::{Relaid, relaid};
pub use replay::{Replay, Report, Unended};
pub use tolerance::{Pattern, Tolerances};
pub use verdict::Verdict;

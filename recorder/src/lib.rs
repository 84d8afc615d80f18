//! The replay core of Flux: it records what passes the boundary of an execution and answers it again.
//!
//! No IO, no clock, no async: bytes and values in, bytes and values out. The host (`flux-host`) calls a
//! [`Session`] at every crossing; `flux-store` implements [`Journal`] and keeps the bytes.
//!
//! ```
//! use std::sync::Arc;
//! use flux_recorder::*;
//! # let begin = Begin { id: uuid::Uuid::nil(), parent: None, guest: Digest([0; 32]), engine: "none".into(),
//! #     seed: [0; 32], started_ns: 0, trigger: Trigger { kind: "test".into(), name: "doc".into(), input: vec![] } };
//! // Record: the host acts, and the session keeps what came back.
//! let journal = MemoryJournal::default();
//! let mut session = Session::record(begin, Box::new(journal.clone()), Arc::new(KeepAll))?;
//! if let Step::Execute(ticket) = session.begin::<u64>("kv.bucket.increment", &("hits", "home", 1i64))? {
//!     session.finish(ticket, &41u64, 900)?;
//! }
//! session.end(End { outcome: returned(&200u16), elapsed_ns: 5_000, peak_memory: 0 })?;
//!
//! // Replay: the same question has the same answer, and nobody acts.
//! let recording = Arc::new(Recording::read(journal.bytes())?);
//! let mut session = Session::replay(recording, Arc::default(), Arc::new(KeepAll));
//! let step = session.begin::<u64>("kv.bucket.increment", &("hits", "home", 1i64))?;
//! assert_eq!(step, Step::Return(41));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

pub mod canon;
mod diff;
mod divergence;
mod event;
pub mod format;
mod journal;
mod occurrences;
mod recording;
pub mod redact;
mod replay;
pub mod report;
mod session;
mod spelling;
pub mod stand_in;
mod streams;
mod unmask;
mod value;

pub use canon::{Decode, DecodeError, Encode, Reader};
pub use diff::{Difference, differences};
pub use divergence::Divergence;
pub use event::{Begin, Digest, End, Event, FailureKind, Outcome, Output, Trigger};
pub use flux_recorder_derive::{Decode, Encode};
pub use format::FormatError;
pub use journal::{AppendError, Journal, MemoryJournal};
pub use occurrences::Occurrences;
pub use recording::{Effect, Recording, http_status, is_failure, returned, write_journal};
pub use redact::{Hidden, KeepAll, Redact};
pub use replay::{Replayed, Tolerances};
pub use report::{Report, Verdict, judge};
pub use session::{Session, Step, Stop, Ticket};
pub use stand_in::{Marking, Tags};
pub use streams::Streams;
pub use unmask::Unmask;
pub use value::{Token, Value};

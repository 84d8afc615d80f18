//! The recorder of Flux: it writes and reads what passes the boundary of an execution.
//!
//! No IO, no clock, no async: bytes and values in, bytes and values out. The host (`flux-host`) calls a
//! [`Session`] at every crossing; `flux-store` implements [`Journal`] and keeps the bytes; `flux-replay`
//! implements [`Answers`] and judges.
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
//! // What a replay answers from.
//! let recording = Recording::read(journal.bytes())?;
//! assert_eq!(recording.result(0), Some(&*41u64.to_canonical()));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod answers;
pub mod canonical;
mod digest;
mod event;
pub mod format;
mod journal;
mod occurrences;
mod recording;
pub mod redact;
mod session;
mod spelling;
pub mod stand_in;
mod status;
mod stop;
mod streams;
mod token;
mod unmask;
mod value;
mod wave;
mod writer;

pub use answers::{Answers, Beyond, Happened, Pause};
pub use canonical::{Decode, DecodeError, Encode, Reader};
pub use digest::Digest;
pub use event::{Begin, End, Event, FailureKind, Outcome, Output, Trigger};
pub use flux_recorder_derive::{Decode, Encode};
pub use format::FormatError;
pub use journal::{AppendError, Journal, MemoryJournal};
pub use occurrences::Occurrences;
pub use recording::{During, Effect, LimitAt, Recording, SECRETS, TailFailure, returned, write_journal};
pub use redact::{Crossing, Hidden, KeepAll, Redact};
pub use session::{Session, Step, Ticket};
pub use stand_in::{Marking, Tags};
pub use status::{REFUSED, REFUSED_STATUS, failure_status, http_status, is_failure};
pub use stop::Stop;
pub use streams::Streams;
pub use token::{RedactionToken, keyed_token, redacted_text};
pub use unmask::Unmask;
pub use value::Value;

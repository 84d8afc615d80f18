//! What a replay says of a recording. This half compares: two values, byte for byte, but for what flux.toml tolerates.
//!
//! ```
//! use flux_recorder::{Encode, Value};
//! use flux_replay::{Tolerances, compare, mask};
//!
//! let body = |text: &str| Value::Bytes(text.into()).to_canonical();
//! let (recorded, now) = (body(r#"{"total":10,"at":1}"#), body(r#"{"total":11,"at":2}"#));
//! let tolerances = Tolerances::parse(["response.at"], [""; 0])?;
//!
//! let comparison = compare("response", &recorded, &now, &tolerances);
//! assert_eq!(comparison.differences[0].path.to_string(), "response.total");
//! assert_eq!(comparison.tolerated[0].0, r#"ignore = "response.at""#);
//! assert_ne!(mask("response", &recorded, &tolerances), mask("response", &now, &tolerances));
//! # Ok::<_, flux_replay::PatternError>(())
//! ```
//!
//! No IO, no clock, no async. Values come from `flux-recorder`; paths are described in `docs/replay.md`.

mod compare;
mod found;
mod json;
mod layout;
mod mask;
mod node;
mod parse;
mod path;
mod tolerance;
mod twins;

pub use compare::compare;
pub use found::{Comparison, Difference, DifferenceKind, MOST_DIFFERENCES};
pub use json::MAX_JSON_DEPTH;
pub use mask::mask;
pub use parse::PatternError;
pub use path::{Path, Step};
pub use tolerance::{Pattern, Tolerances};

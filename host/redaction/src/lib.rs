//! What is never written: named headers, members of JSON bodies, columns and buckets, under the deployment's keys.
//!
//! Which parts of a call are headers, bodies, statements or keys, the capabilities say themselves
//! ([`flux_host::Description`]). Of interfaces this crate knows nothing, and what nobody described it hides as a whole.
//!
//! ```
//! use flux_redaction::{Descriptions, Names, Policy};
//!
//! let names = Names { json: vec!["customer.email".to_owned()], ..Names::default() };
//! assert!(Policy::new(&names, Descriptions::default()).is_ok());
//! let names = Names { json: vec!["customer..email".to_owned()], ..Names::default() };
//! assert!(Policy::new(&names, Descriptions::default()).is_err());
//! ```
//!
//! Neighbours: `flux-recorder` asks a [`Redact`](flux_recorder::Redact) before it writes anything, and hides what was
//! replaced wherever else it stands in the execution; `flux-runtime` has the names from flux.toml, and the descriptions
//! from its capabilities. docs/redaction.md says what that covers.

mod call;
mod columns;
mod descriptions;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod headers;
mod json;
mod keyed;
mod keys;
mod members;
mod needles;
mod patterns;
mod policy;
#[cfg(test)]
mod properties;
mod redaction;
mod replacer;
mod scan;
mod statement;
#[cfg(test)]
mod tests;
mod walk;

pub use descriptions::Descriptions;
pub use error::RedactionError;
pub use keyed::Keyed;
pub use keys::{KEYS, Key, KeyFile, KeyRing, KeysError, OLD_KEY};
pub use needles::{Needles, What};
pub use policy::{Names, Policy, check_path, column};
pub use redaction::{KEY, Redaction};
pub use scan::{Finding, Scanner};

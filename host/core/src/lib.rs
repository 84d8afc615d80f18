//! The host's core: the call boundary, capabilities, guests and the wasmtime engine.
//!
//! Data flows one way: a trigger makes an [`Input`], a [`Guest`] runs it in a fresh instance, every
//! call it makes crosses [`Execution::effect`], and a [`Capability`] acts. The journal is beside it,
//! in `flux-recorder`; capabilities never see it. Neighbours: `flux-cap-*` implement the interfaces,
//! `flux-runtime` puts an app together.

#[expect(missing_docs, reason = "bindgen copies the documentation of wit/, which is on types only")]
pub mod bindings;
mod capability;
mod environment;
mod execution;
mod guest;
pub mod header_text;
mod hint;
mod limits;
mod panic;
mod random;
mod secrets;
mod transaction;
pub mod wasm;

pub use capability::{
    Capabilities, Capability, Outgoing, anticipates_content, is_of_the_connection, is_passed_on,
};
pub use environment::{Environment, System};
pub use execution::{Execution, Handles};
pub use guest::{Ended, Guest, Handler, Input, Output, Running, Starting};
pub use hint::Hint;
pub use limits::{LimitHit, Limits, outcome_of};
pub use panic::Panic;
pub use random::MAX_RANDOM;
pub use secrets::{Secret, Secrets};
pub use transaction::{AfterCommit, Answer, OpenTransaction, Transaction, Transactions};

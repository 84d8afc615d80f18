//! The host's core: the call boundary, capabilities, guests and the wasmtime engine.
//!
//! Data flows one way: a trigger makes an [`Input`], a [`Guest`] runs it in a fresh instance, every
//! call it makes crosses [`Execution::start`], and a [`Capability`] acts. The journal is beside it,
//! in `flux-recorder`; capabilities never see it. Neighbours: `flux-cap-*` implement the interfaces,
//! `flux-runtime` puts an app together.

#[expect(missing_docs, reason = "bindgen copies the documentation of wit/, which is on types only")]
pub mod bindings;
mod calls;
mod capability;
mod environment;
mod execution;
mod fault;
mod guest;
mod header_text;
mod hint;
mod limits;
mod panic;
mod random;
pub mod response;
mod secrets;
pub mod section;
mod stack;
mod text;
mod transaction;
pub mod wasm;

pub use calls::{Pending, Started};
pub use capability::{
    Capabilities, Capability, Outgoing, anticipates_content, is_of_the_connection, is_passed_on,
};
pub use environment::{Environment, System};
pub use execution::{Execution, Handles};
pub use fault::{HostFault, caught};
pub use guest::{Ended, Guest, Handler, Input, Output, Running, Starting};
pub use header_text::{header_bytes, header_text, header_texts};
pub use hint::Hint;
pub use limits::{LimitHit, Limits, outcome_of};
pub use panic::Panic;
pub use random::MAX_RANDOM;
pub use secrets::{Secret, Secrets};
pub use stack::Stack;
pub use text::{is_printable, printable};
pub use transaction::{AfterCommit, Answer, OpenTransaction, Transaction, Transactions};

//! The host's core: the call boundary, capabilities, guests and the wasmtime engine.
//!
//! Data flows one way: a trigger makes an [`Input`], a [`Guest`] runs it in a fresh instance, every
//! call it makes crosses [`Execution::start`], and a [`Capability`] acts. The journal is beside it,
//! in `flux-recorder`; capabilities never see it. Neighbours: `flux-cap-*` implement the interfaces,
//! `flux-runtime` puts an app together.

#[expect(missing_docs, reason = "bindgen copies the documentation of wit/, which is on types only")]
pub mod bindings;
mod calls;
mod capabilities;
mod capability;
pub mod description;
mod environment;
mod execution;
mod fault;
pub mod function;
mod guest;
mod handler;
mod header_text;
mod hint;
mod inputs;
pub mod interface;
mod limits;
mod outgoing;
mod panic;
mod random;
pub mod regular;
pub mod response;
mod secrets;
pub mod section;
mod stack;
mod text;
mod transaction;
mod under_way;
pub mod wasm;

pub use calls::Started;
pub use capabilities::Capabilities;
pub use capability::{Capability, Declaration, DeclarationError};
pub use description::{Content, Description};
pub use environment::{Environment, System};
pub use execution::{Execution, Handles};
pub use fault::{HostFault, caught};
pub use function::{Action, Begun, Function, value_of};
pub use guest::{Ended, Guest, Running, Starting};
pub use handler::{HANDLERS, Handler, INPUTS, Input, OUTPUTS, Output};
pub use header_text::{header_bytes, header_text, header_texts};
pub use hint::Hint;
pub use limits::{LimitHit, Limits, outcome_of};
pub use outgoing::{Outgoing, anticipates_content, is_of_the_connection, is_passed_on};
pub use panic::Panic;
pub use random::MAX_RANDOM;
pub use secrets::{Secret, Secrets};
pub use stack::Stack;
pub use text::{count, is_printable, printable};
pub use transaction::{AfterCommit, DbFuture, OpenTransaction, Transaction, Transactions};
pub use under_way::Pending;

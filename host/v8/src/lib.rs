//! TypeScript and JavaScript on V8, behind the same boundary as components.
//!
//! A guest is one ES module, as `flux build --engine v8` bundles it. Every execution has an isolate of its
//! own, on a thread of its own, in which the module was evaluated before. Between two turns of the guest the
//! host has the execution: it runs the calls that the guest began, and delivers their answers one by one.
//!
//! ```text
//! trigger -> V8Guest -> Pool -> Isolate (a thread): turn ... calls
//!                 ^                                            |
//!                 +---- answer <---- Waiting (tokio) <---------+ Execution::start
//! ```
//!
//! Which functions there are, the capabilities declare: this crate knows none of them.
//!
//! Neighbours: `flux-host` has the boundary, `flux-cap-*` its functions; `flux-runtime` chooses the engine.

mod bundle;
mod calls;
mod convert;
mod guest;
mod isolate;
mod memory;
mod ops;
mod platform;
mod pool;
mod read;
mod table;
mod turn;
mod waiting;

use std::sync::Arc;

use flux_host::Declaration;
use flux_host::interface::InterfaceError;
use flux_host::wasm::LoadError;
use flux_recorder::Digest;
use sha2::Digest as _;

pub use guest::V8Guest;

use bundle::Bundle;
use pool::Pool;
use table::Table;

/// How an engine is made.
#[derive(Debug, Clone, Copy)]
pub struct V8Options {
    /// The limit of a guest's heap, and of its buffers, in bytes.
    pub memory: usize,
    /// How many executions run at once, at the most.
    pub instances: usize,
    /// How many isolates of a guest are made ahead of time.
    pub ready: usize,
}

/// Makes guests of bundles.
#[derive(Debug, Clone)]
pub struct V8Engine {
    options: V8Options,
    table: Arc<Table>,
}

impl V8Engine {
    /// An engine with these capabilities. V8 itself is one for the process. Errs where the contract is no WIT.
    pub fn new(options: V8Options, capabilities: &[Declaration]) -> Result<Self, InterfaceError> {
        Ok(Self { options, table: Arc::new(Table::new(capabilities)?) })
    }

    /// Starts a bundle, and checks that it can run here.
    pub fn load(&self, bytes: &[u8]) -> Result<V8Guest, LoadError> {
        let V8Options { memory, instances, ready } = self.options;
        let code = String::from_utf8(bytes.to_vec()).map_err(|error| LoadError::Bundle(error.to_string()))?;
        let digest = Digest(sha2::Sha256::digest(bytes).into());
        let bundle = Arc::new(Bundle { code, memory, table: self.table.clone() });
        let handlers = bundle.check()?;
        let pool = Pool::new(bundle, ready, instances);
        Ok(V8Guest::new(digest, handlers, pool))
    }
}

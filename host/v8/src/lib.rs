//! TypeScript and JavaScript on V8, behind the same boundary as components.
//!
//! A guest is one ES module, as `flux build --engine v8` bundles it. It is started once, when it is loaded;
//! what that leaves is a [`Snapshot`](snapshot::Snapshot), and every execution has an isolate of its own
//! with this heap, on a thread of its own. Between two turns of the guest the host has the execution: it
//! runs the calls that the guest began, and delivers their answers one by one.
//!
//! ```text
//! trigger -> V8Guest -> Pool -> Isolate (a thread): turn ... calls
//!                 ^                                            |
//!                 +---- answer <---- Waiting (tokio) <---------+ Execution::effect
//! ```
//!
//! Neighbours: `flux-host` has the boundary, `flux-cap-*` its functions; `flux-runtime` chooses the engine.

mod calls;
mod convert;
mod guest;
mod isolate;
mod memory;
mod ops;
mod pool;
mod snapshot;
mod turn;
mod waiting;

use flux_host::wasm::LoadError;
use flux_recorder::Digest;
use sha2::Digest as _;

pub use guest::V8Guest;

use pool::Pool;
use snapshot::Snapshot;

/// What a bundle begins with: `flux build` writes it.
pub const MARK: &str = "// flux bundle 1\n";

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
#[derive(Debug, Clone, Copy)]
pub struct V8Engine {
    options: V8Options,
}

impl V8Engine {
    /// An engine. V8 itself is one for the process.
    pub fn new(options: V8Options) -> Self {
        Self { options }
    }

    /// Starts a bundle, and checks that it can run here.
    pub fn load(&self, bytes: &[u8]) -> Result<V8Guest, LoadError> {
        let code = std::str::from_utf8(bytes).map_err(|error| LoadError::Bundle(error.to_string()))?;
        let digest = Digest(sha2::Sha256::digest(bytes).into());
        let (snapshot, handlers) = Snapshot::of(code.to_owned(), self.options.memory)?;
        let pool = Pool::new(snapshot, self.options.ready, self.options.instances);
        Ok(V8Guest::new(digest, handlers, pool))
    }
}

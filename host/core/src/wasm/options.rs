//! How an engine is made, and why one cannot be.

use std::path::PathBuf;

use wasmtime::component::Linker;

use crate::limits::Limits;
use crate::wasm::state::State;

/// The name in journals.
pub(crate) const NAME: &str = "wasmtime 48";

/// Adds the functions of a capability to a linker.
pub(crate) type Link = fn(&mut Linker<State>) -> wasmtime::Result<()>;

/// How an engine is made.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Where compiled code is kept; none: compiled anew at every start.
    pub cache: Option<PathBuf>,
    /// How many executions can run at once.
    pub instances: u32,
    /// What one execution may use: a guest that needs more before it begins is refused.
    pub limits: Limits,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { cache: None, instances: 512, limits: Limits::default() }
    }
}

/// The engine could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} the engine: {message}")]
pub struct EngineError {
    pub(crate) step: &'static str,
    pub(crate) message: String,
}

impl EngineError {
    /// The step that failed, for `map_err`.
    pub(crate) fn at(step: &'static str) -> impl Fn(wasmtime::Error) -> Self {
        move |error| Self { step, message: format!("{error:#}") }
    }
}

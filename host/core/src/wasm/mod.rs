//! Components on wasmtime: a fresh instance per execution, deterministic, compiled once.

mod awaited;
mod cache;
mod diagnose;
mod dynamic;
mod engine;
mod exports;
mod files;
mod guest;
mod held;
mod http;
mod import_hints;
mod imports;
mod load;
mod message;
mod needs;
mod options;
mod outcome;
mod outgoing;
mod poll;
mod pool;
mod requests;
mod responding;
mod state;
mod unfinished;
mod wasi;
mod wasi_names;

#[cfg(test)]
mod tests;

pub use dynamic::link_functions;
pub use engine::Engine;
pub use guest::WasmGuest;
pub use load::LoadError;
pub use options::{EngineError, EngineOptions};
pub use state::State;

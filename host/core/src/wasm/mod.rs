//! Components on wasmtime: a fresh instance per execution, deterministic, compiled once.

mod cache;
mod engine;
mod guest;
mod held;
mod http;
mod load;
mod message;
mod outcome;
mod outgoing;
mod poll;
mod requests;
mod state;
mod unfinished;
mod wasi;

pub use engine::{Engine, EngineError, EngineOptions};
pub use guest::WasmGuest;
pub use load::LoadError;
pub use state::State;

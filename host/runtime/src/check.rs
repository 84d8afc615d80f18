//! Whether a component can run here, and what it takes to start.

use std::sync::Arc;

use flux_host::wasm::{EngineOptions, LoadError};
use flux_host::{Capabilities, Environment, Execution, Guest, Handler, Limits, System};
use flux_recorder::{Digest, Session};

use crate::catalog::Catalog;
use crate::engines::{Engines, compiled_code};
use crate::error::RuntimeError;

/// Fresh instances that are made to know what one takes, at the most.
const STARTS: u64 = 32;
/// The largest table that a check has room for, in elements.
const CHECKED_ELEMENTS: usize = 10_000_000;
/// No more of them are begun after so many nanoseconds.
const STARTS_NS: u64 = 200_000_000;

/// A component that can run here.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The name of its bytes.
    pub digest: Digest,
    /// What it exports.
    pub handlers: Vec<Handler>,
    /// Nanoseconds until it was loaded: compiled, or found compiled.
    pub load_ns: u64,
    /// Nanoseconds that a fresh instance takes before its handler is called, the mean of some; none where
    /// the component's start needs more than a check has.
    pub start_ns: Option<u64>,
}

/// A component that cannot run here.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The engine could not be made.
    #[error(transparent)]
    Engine(Box<RuntimeError>),
    /// The component.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Checks that a component can run on this host, and measures its start. Not for an async task: it waits.
pub fn check_component(bytes: &[u8]) -> Result<Checked, CheckError> {
    // What a project allows is in its flux.toml, which is not here.
    let limits = Limits { memory: usize::MAX, table_elements: CHECKED_ELEMENTS, ..Limits::default() };
    let options = EngineOptions { cache: compiled_code(), instances: 1, limits };
    let engines = Catalog::builtin()
        .declarations()
        .map_err(RuntimeError::from)
        .and_then(|capabilities| Engines::new(&options, Limits::default().memory, &capabilities))
        .map_err(|error| CheckError::Engine(Box::new(error)))?;
    let clock = System::new();
    let began = clock.monotonic_ns();
    let guest = engines.load(bytes)?;
    let load_ns = clock.monotonic_ns() - began;
    let start_ns = start_ns(&*guest, &clock);
    Ok(Checked { digest: guest.digest(), handlers: guest.handlers().to_vec(), load_ns, start_ns })
}

fn start_ns(guest: &dyn Guest, clock: &System) -> Option<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let nothing = Arc::new(Capabilities::default());
    let start = || {
        let session = Session::live([0; 32]);
        guest.start(Execution::new(session, Arc::new(System::new()), nothing.clone(), Limits::default()))
    };
    runtime.block_on(async {
        // The first one maps the code's pages, which no other does again.
        start().await.ok()?;
        let (began, mut started) = (clock.monotonic_ns(), 0);
        while started < STARTS && clock.monotonic_ns() - began < STARTS_NS {
            start().await.ok()?;
            started += 1;
        }
        (clock.monotonic_ns() - began).checked_div(started)
    })
}

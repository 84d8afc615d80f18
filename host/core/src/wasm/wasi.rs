//! WASI 0.2 for guests: wasmtime's own, but time and randomness come from the session, outgoing requests
//! are effects (`outgoing.rs`), and what was ready first is an input (`poll.rs`).

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::clocks::WasiClocksView;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::cli::environment;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::io::poll;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::wasm::awaited::Awaited;
use crate::wasm::outgoing;
use crate::wasm::state::{Environment, State};

/// Adds WASI 0.2. Files and sockets are there, and empty: some languages import them always.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    wall_clock::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    monotonic_clock::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    random::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    insecure::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    insecure_seed::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    poll::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    environment::add_to_linker::<State, Recorded>(linker, |state| View(state))?;
    outgoing::link(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

pub(crate) struct Recorded;

impl HasData for Recorded {
    type Data<'a> = View<'a>;
}

/// Borrows the state of the store that calls.
pub(crate) struct View<'a>(pub &'a mut State);

impl View<'_> {
    fn number(&mut self, stream: &'static str) -> u64 {
        let mut bytes = [0; 8];
        self.0.execution().session().random(stream, &mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl environment::Host for View<'_> {
    /// The variables are an input: a replay tells the recorded ones. Without any there is nothing to record.
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.0.execution.count_call()?;
        let configured = match &self.0.environment {
            Environment::Told(variables) => return Ok(variables.clone()),
            Environment::Configured(variables) => variables.to_vec(),
        };
        let session = self.0.execution.session();
        let told = if configured.is_empty() && !session.is_replay() {
            Vec::new()
        } else {
            session.input("wasi.environment", || configured)?.unwrap_or_default()
        };
        self.0.environment = Environment::Told(told.clone());
        Ok(told)
    }

    /// Requests and jobs have no command line.
    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// There are no files, so no folder either.
    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

impl wall_clock::Host for View<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let execution = self.0.execution();
        execution.count_call()?;
        let live = execution.now_ns();
        let now = execution.session().clock("wasi.wall", || live)?;
        Ok(wall_clock::Datetime { seconds: now / 1_000_000_000, nanoseconds: (now % 1_000_000_000) as u32 })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: 1 })
    }
}

impl monotonic_clock::Host for View<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        let execution = self.0.execution();
        execution.count_call()?;
        let live = execution.elapsed_ns();
        Ok(execution.session().clock("wasi.monotonic", || live)?)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = monotonic_clock::Host::now(self)?;
        self.subscribe_duration(when.saturating_sub(now))
    }

    /// Waits, but not in a replay.
    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let execution = self.0.execution();
        let ends_ns = execution.elapsed_ns().saturating_add(duration);
        let duration = if execution.session().is_replay() { 0 } else { duration };
        let timer = monotonic_clock::Host::subscribe_duration(&mut self.0.clocks(), duration)?;
        self.0.awaited.insert(timer.rep(), Awaited::Timer { ends_ns });
        Ok(timer)
    }
}

impl random::Host for View<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.0.execution().random("wasi.random", len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.number("wasi.random"))
    }
}

impl insecure::Host for View<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.0.execution().random("wasi.insecure", len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.number("wasi.insecure"))
    }
}

impl insecure_seed::Host for View<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.number("wasi.insecure-seed"), self.number("wasi.insecure-seed")))
    }
}

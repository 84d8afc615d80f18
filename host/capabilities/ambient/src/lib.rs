//! The ambient interfaces: `clock`, `random`, `config` and `log`. They carry no intent: a replay
//! answers them from the recording or the recorded seed, and never compares them.

mod missing;
mod settings;
mod view;
mod wasi_config;

use flux_host::Capability;
use flux_host::wasm::State;
use wasmtime::component::Linker;

pub use settings::Settings;
pub use view::View;

/// The ambient interfaces of an app.
#[derive(Debug, Default)]
pub struct Ambient {
    settings: Settings,
}

impl Ambient {
    /// Clock, random and log are the execution's own; configuration is the app's.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

impl Capability for Ambient {
    type Held = ();
    const INTERFACE: &'static str = "clock+random+config+log";
    const ALSO: &'static [&'static str] = wasi_config::INTERFACES;

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)?;
        wasi_config::link(linker)
    }
}

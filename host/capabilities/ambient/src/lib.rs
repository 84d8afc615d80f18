//! The ambient interfaces: `clock`, `random`, `config` and `log`. They carry no intent: a replay
//! answers them from the recording or the recorded seed, and never compares them.

mod ambient;
mod functions;
mod missing;
mod section;
mod settings;
mod view;
mod wasi_config;

use flux_host::wasm::State;
use flux_host::{Capability, Function};
use wasmtime::component::Linker;

pub use ambient::Ambient;
pub use section::AmbientSection;
pub use settings::Settings;
pub use view::View;

impl Capability for Ambient {
    type Section = AmbientSection;
    const NAME: &'static str = "ambient";
    const WIT: &'static str = include_str!("../../../../wit/ambient.wit");
    const ALSO: &'static [&'static str] = wasi_config::INTERFACES;

    fn functions() -> Vec<Function> {
        functions::all()
    }

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)?;
        wasi_config::link(linker)
    }
}

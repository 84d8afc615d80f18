//! `wasi:config` over `[config]`: the same values as `config.get`, recorded under the same names, so a guest that
//! moves from one interface to the other replays.

use flux_host::Execution;
use flux_host::wasm::State;
use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, Linker, Lower};

use crate::Ambient;
use crate::view::config_value;

/// The names that the interface has had in its drafts; its functions stayed the same.
pub(crate) const INTERFACES: &[&str] =
    &["wasi:config/store@0.2.0-rc.1", "wasi:config/store@0.2.0-draft", "wasi:config/runtime@0.2.0-draft"];

/// Configuration is read before the first execution, so there is nothing that fails here.
#[derive(Debug, ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    for name in INTERFACES {
        let mut interface = linker.instance(name)?;
        interface.func_wrap("get", |mut store, (key,): (String,)| {
            let value: Result<Option<String>, Error> = Ok(config_value(store.data_mut().execution(), &key)?);
            Ok((value,))
        })?;
        interface.func_wrap("get-all", |mut store, (): ()| {
            let values: Result<Vec<(String, String)>, Error> = Ok(all(store.data_mut().execution())?);
            Ok((values,))
        })?;
    }
    Ok(())
}

/// All keys with their values, in order.
fn all(execution: &mut Execution) -> Result<Vec<(String, String)>> {
    execution.count_call()?;
    let live = execution.capability::<Ambient>();
    let values = execution.input("config.all", || live.map(|it| it.settings.all()).unwrap_or_default())?;
    Ok(values.unwrap_or_default())
}

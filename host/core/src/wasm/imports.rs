//! What this host provides, by name.

use wasmtime::component::Component;

use crate::capability::Declaration;
use crate::wasm::wasi_names::WASI;

/// The names that the engine's linkers have.
#[derive(Debug, Default)]
pub(crate) struct Provided {
    names: Vec<String>,
}

impl Provided {
    /// A capability's own interfaces, and those of others that it has too.
    pub fn add(&mut self, capability: &Declaration) {
        self.names.extend(capability.interfaces.iter().map(|interface| interface.id.clone()));
        self.names.extend(capability.also.iter().map(|&name| name.to_owned()));
    }

    /// Every import that nothing here answers.
    pub fn missing(&self, engine: &wasmtime::Engine, component: &Component) -> Vec<String> {
        let component = component.component_type();
        let names = component.imports(engine).map(|(name, _)| name.to_owned());
        names.filter(|name| !self.has(name)).collect()
    }

    fn has(&self, import: &str) -> bool {
        let wasi = || {
            let (interface, version) = import.split_once('@')?;
            let patch = version.strip_prefix("0.2.")?;
            Some(WASI.contains(&interface) && patch.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.names.iter().any(|name| name == import) || wasi().unwrap_or(false)
    }
}

//! What this host provides, by name.

use wasmtime::component::Component;

use crate::wasm::load::LoadError;
use crate::wasm::wasi_names::WASI;

/// The names that the engine's linkers have.
#[derive(Debug, Default)]
pub(crate) struct Provided {
    names: Vec<String>,
}

impl Provided {
    /// A capability's own interfaces, as `kv` or `clock+random`, and those of others that it has too.
    pub fn add(&mut self, interfaces: &str, also: &[&str]) {
        self.names.extend(interfaces.split('+').map(|name| format!("flux:host/{name}@0.1.0")));
        self.names.extend(also.iter().map(|&name| name.to_owned()));
    }

    /// Errs with every import that nothing here answers.
    pub fn check(&self, engine: &wasmtime::Engine, component: &Component) -> Result<(), LoadError> {
        let component = component.component_type();
        let names = component.imports(engine).map(|(name, _)| name.to_owned());
        let missing: Vec<_> = names.filter(|name| !self.has(name)).collect();
        if missing.is_empty() { Ok(()) } else { Err(LoadError::MissingImports(missing)) }
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

//! The engines that guests run on: wasmtime for components, V8 for bundles where this build has it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use flux_host::wasm::{Engine, EngineOptions, LoadError};
use flux_host::{Declaration, Guest};

use crate::error::RuntimeError;
use crate::project::Project;

/// What a bundle for V8 begins with: `flux build` writes it.
pub const BUNDLE: &str = "// flux bundle 1\n";

/// The environment of a guest, `[guests.<name>.env]`.
pub type Variables = BTreeMap<String, String>;

/// Loads guests, each on its engine.
#[derive(Debug)]
pub struct Engines {
    wasm: Engine,
    #[cfg(feature = "v8")]
    v8: flux_v8::V8Engine,
}

impl Engines {
    /// Engines for the guests of a project, with room for as many executions as it may have at once.
    pub(crate) fn of(project: &Project, capabilities: &[Declaration]) -> Result<Self, RuntimeError> {
        let limits = project.config.limits.limits();
        let instances = project.config.limits.concurrency.max(1);
        let options = EngineOptions { cache: compiled_code(), instances, limits };
        Self::new(&options, limits.memory, capabilities)
    }

    /// Engines with these capabilities, that run so many executions at once, V8's of so many bytes at most.
    pub fn new(
        options: &EngineOptions,
        memory: usize,
        capabilities: &[Declaration],
    ) -> Result<Self, RuntimeError> {
        let wasm = engine(options, capabilities)?;
        #[cfg(feature = "v8")]
        {
            let ready = std::thread::available_parallelism().map_or(1, usize::from);
            let instances = options.instances as usize;
            let options = flux_v8::V8Options { memory, instances, ready: ready.min(instances) };
            let v8 = flux_v8::V8Engine::new(options, capabilities);
            let failed = |source| {
                RuntimeError::Declaration(flux_host::DeclarationError { capability: "handlers", source })
            };
            Ok(Self { wasm, v8: v8.map_err(failed)? })
        }
        #[cfg(not(feature = "v8"))]
        {
            let _ = memory;
            Ok(Self { wasm })
        }
    }

    /// A component or a bundle, by its first bytes.
    pub fn load(&self, bytes: &[u8]) -> Result<Arc<dyn Guest>, LoadError> {
        self.load_with(bytes, &Variables::new())
    }

    /// The same with an environment, which a component sees.
    pub fn load_with(&self, bytes: &[u8], variables: &Variables) -> Result<Arc<dyn Guest>, LoadError> {
        if bytes.starts_with(BUNDLE.as_bytes()) {
            #[cfg(feature = "v8")]
            return self.v8.load(bytes).map(|guest| Arc::new(guest) as _);
            #[cfg(not(feature = "v8"))]
            return Err(LoadError::NoV8);
        }
        let guest = self.wasm.load(bytes)?;
        Ok(Arc::new(guest.with_variables(variables.clone())))
    }
}

/// The engine of components. Linked functions act only where there are capabilities.
pub fn engine(options: &EngineOptions, capabilities: &[Declaration]) -> Result<Engine, RuntimeError> {
    let mut engine = Engine::new(options)?;
    capabilities.iter().try_for_each(|capability| engine.link(capability))?;
    Ok(engine)
}

/// Where compiled code is kept: in the user's cache, so that what `flux build` compiled to check it
/// is ready for `flux run`. FLUX_CACHE goes before the usual places; without a home there is no cache.
pub(crate) fn compiled_code() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let folder = variable("FLUX_CACHE").or_else(|| Some(cache()?.join("flux")))?;
    Some(folder.join("compiled"))
}

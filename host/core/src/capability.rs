//! One host interface, configured once per app.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::Linker;

use crate::wasm::State;

/// One host interface and its back ends. It does not know whether it is recorded.
pub trait Capability: Send + Sync + Sized + 'static {
    /// What one execution holds of it, such as open transactions. Dropped with the execution, which
    /// gives everything back.
    type Held: Default + Send + 'static;

    /// Its name in wit/, without package: `kv`.
    const INTERFACE: &'static str;

    /// Adds its functions to a linker. They find the capability through the execution, and in a
    /// replay there is none.
    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()>;
}

/// The capabilities of an app. A replay has none, and so nothing to act with.
#[derive(Default, Clone)]
pub struct Capabilities(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Capabilities {
    /// Adds a configured capability.
    pub fn add<C: Capability>(&mut self, capability: C) {
        self.0.insert(TypeId::of::<C>(), Arc::new(capability));
    }

    /// The capability of this type.
    pub fn get<C: Capability>(&self) -> Option<Arc<C>> {
        self.0.get(&TypeId::of::<C>()).cloned()?.downcast().ok()
    }
}

impl std::fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} capabilities", self.0.len())
    }
}

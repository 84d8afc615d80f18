//! One host interface, configured once per app.

use std::any::TypeId;
use std::sync::Arc;

use wasmtime::component::Linker;

use crate::capabilities::Capabilities;
use crate::execution::Execution;
use crate::fault::HostFault;
use crate::wasm::State;

/// One host interface and its back ends. It does not know whether it is recorded.
pub trait Capability: Send + Sync + Sized + 'static {
    /// What one execution holds of it, such as open transactions. Dropped with the execution, which
    /// gives everything back.
    type Held: Default + Send + 'static;

    /// Its name in wit/, without package: `kv`.
    const INTERFACE: &'static str;
    /// Interfaces of others that it has too, by their full names: `wasi:config/store@0.2.0-rc.1`.
    const ALSO: &'static [&'static str] = &[];

    /// Adds its functions to a linker. They find the capability through the execution, and in a
    /// replay there is none.
    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()>;
}

impl Capabilities {
    /// Adds a configured capability.
    pub fn add<C: Capability>(&mut self, capability: C) {
        self.insert(capability);
    }

    /// The capability of this type.
    pub fn get<C: Capability>(&self) -> Option<Arc<C>> {
        self.find()
    }
}

impl Execution {
    /// A capability, where there is one: not in a replay.
    pub fn capability<C: Capability>(&self) -> Option<Arc<C>> {
        self.capabilities().get::<C>()
    }

    /// A capability, and what this execution holds of it. Only live actions may ask.
    pub fn live<C: Capability>(&mut self) -> wasmtime::Result<(Arc<C>, &mut C::Held)> {
        let capability = self.capabilities().get::<C>().ok_or_else(|| {
            HostFault(format!("{} was asked to act where there is nothing to act with", C::INTERFACE))
        })?;
        let id = TypeId::of::<C>();
        let at = match self.held.iter().position(|(held, _)| *held == id) {
            Some(at) => at,
            None => {
                self.held.push((id, Box::new(C::Held::default())));
                self.held.len() - 1
            }
        };
        let held = self.held[at].1.downcast_mut();
        Ok((capability, held.ok_or_else(|| HostFault(format!("{} holds another type", C::INTERFACE)))?))
    }
}

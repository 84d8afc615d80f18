//! What an app acts with.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use crate::outgoing::Outgoing;

/// The capabilities of an app. A replay has none, and so nothing to act with.
#[derive(Default, Clone)]
pub struct Capabilities {
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    outgoing: Option<Arc<dyn Outgoing>>,
}

impl Capabilities {
    /// Adds a configured capability.
    pub fn add<C: Send + Sync + 'static>(&mut self, capability: C) {
        self.by_type.insert(TypeId::of::<C>(), Arc::new(capability));
    }

    /// The capability of this type.
    pub fn get<C: Send + Sync + 'static>(&self) -> Option<Arc<C>> {
        self.by_type.get(&TypeId::of::<C>()).cloned()?.downcast().ok()
    }

    /// Sets what sends the requests of `wasi:http`.
    pub fn set_outgoing(&mut self, outgoing: Arc<dyn Outgoing>) {
        self.outgoing = Some(outgoing);
    }

    /// What sends the requests of `wasi:http`.
    pub fn outgoing(&self) -> Option<&Arc<dyn Outgoing>> {
        self.outgoing.as_ref()
    }
}

impl std::fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} capabilities", self.by_type.len())
    }
}

//! The capabilities of an app: the one list of them. Engines link it, and redaction knows from it what calls hold.

use flux_host::{Capability, Declaration};
use flux_redaction::Descriptions;

use crate::error::RuntimeError;

/// What the capabilities of an app say of themselves.
#[derive(Debug, Clone)]
pub struct Catalog(Vec<Declaration>);

impl Catalog {
    /// The capabilities of Flux, a line each.
    pub fn flux() -> Result<Self, RuntimeError> {
        Self(Vec::new())
            .with::<flux_cap_ambient::Ambient>()?
            .with::<flux_cap_db::Db>()?
            .with::<flux_cap_kv::Kv>()?
            .with::<flux_cap_queue::Queues>()?
            .with::<flux_cap_fetch::Fetch>()
    }

    /// One more.
    pub fn with<C: Capability>(mut self) -> Result<Self, RuntimeError> {
        let declared = Declaration::of::<C>();
        self.0.push(declared.map_err(|source| RuntimeError::Interface { capability: C::NAME, source })?);
        Ok(self)
    }

    /// What each says of itself.
    pub fn declarations(&self) -> &[Declaration] {
        &self.0
    }

    /// What their calls hold.
    pub fn descriptions(&self) -> Descriptions {
        Descriptions::of(&self.0)
    }
}

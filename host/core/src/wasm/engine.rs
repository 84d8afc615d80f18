//! The wasmtime engine: its settings, its linker and the clock of its time limits.

use std::sync::{Arc, Mutex, PoisonError};

use flux_recorder::Digest;
use sha2::Digest as _;
use wasmtime::component::Component;

use crate::capability::Declaration;
use crate::wasm::cache::Cache;
use crate::wasm::diagnose::{diagnose, is_wit_package};
use crate::wasm::guest::WasmGuest;
use crate::wasm::imports;
use crate::wasm::load::LoadError;
use crate::wasm::needs::Needs;
use crate::wasm::options::{EngineError, EngineOptions, Link};
use crate::wasm::pool::{Pool, scout};

/// Makes guests of components.
///
/// Guests run in a pool of slots. A pool has room for `instances` executions of the guests that it was made for;
/// a guest that needs more slots gets a larger pool, and the guests before it stay where they are.
pub struct Engine {
    options: EngineOptions,
    // Compiles, and reads what a component needs. Nothing runs on it, so no pool stands in the way.
    scout: wasmtime::Engine,
    pool: Mutex<Pool>,
    links: Vec<Link>,
    cache: Option<Arc<Cache>>,
    provided: imports::Provided,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("provided", &self.provided).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with WASI; capabilities are linked one by one.
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let scout = scout().map_err(EngineError::at("start"))?;
        let usual = Needs::usual(&options.limits);
        let pool = Pool::new(options.instances, usual, &[])?;
        let cache = options.cache.as_ref().map(|folder| Arc::new(Cache::new(folder.clone(), &scout)));
        Ok(Self {
            options: options.clone(),
            scout,
            pool: Mutex::new(pool),
            links: Vec::new(),
            cache,
            provided: imports::Provided::default(),
        })
    }

    /// Links a capability's functions.
    pub fn link(&mut self, capability: &Declaration) -> Result<(), EngineError> {
        self.provided.add(capability);
        self.links.push(capability.link);
        let pool = self.pool.get_mut().unwrap_or_else(PoisonError::into_inner);
        (capability.link)(&mut pool.linker).map_err(EngineError::at("link to"))
    }

    /// Compiles a component, or finds it compiled, and checks that it can run here.
    pub fn load(&self, bytes: &[u8]) -> Result<WasmGuest, LoadError> {
        let digest = Digest(sha2::Sha256::digest(bytes).into());
        let compiled = self.component(&self.scout, digest, || {
            Component::from_binary(&self.scout, bytes).map_err(|error| diagnose(bytes, &format!("{error:#}")))
        })?;
        let missing = self.provided.missing(&self.scout, &compiled);
        if !missing.is_empty() {
            return Err(LoadError::MissingImports(missing));
        }
        let needs = Needs::of(&compiled, bytes).ok_or_else(LoadError::unknown_needs)?;
        needs.check(&self.options)?;
        let pool = self.pool(&needs)?;
        let component = self.component(&pool.engine, digest, || moved(&compiled, &pool))?;
        WasmGuest::new(&pool, digest, &component).map_err(|error| match error {
            LoadError::NoHandler | LoadError::OtherExports(_) if is_wit_package(bytes) => {
                LoadError::WitPackage
            }
            error => error,
        })
    }

    /// The component on one of the engines: from the cache, or made now.
    fn component(
        &self,
        engine: &wasmtime::Engine,
        digest: Digest,
        make: impl FnOnce() -> Result<Component, LoadError>,
    ) -> Result<Component, LoadError> {
        match &self.cache {
            Some(cache) => cache.component(engine, digest, make),
            None => make(),
        }
    }

    /// A pool with room for what a guest needs: the latest, or a larger one in its place.
    fn pool(&self, needs: &Needs) -> Result<Pool, LoadError> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if !pool.room.covers(needs) {
            let room = pool.room.and(needs);
            let larger = Pool::new(self.options.instances, room, &self.links);
            *pool = larger.map_err(|error| needs.no_room(self.options.instances, &error))?;
        }
        Ok(pool.clone())
    }
}

/// A compiled component on the engine of a pool.
fn moved(compiled: &Component, pool: &Pool) -> Result<Component, LoadError> {
    let invalid = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
    let code = compiled.serialize().map_err(invalid)?;
    // SAFETY: the bytes are what `Component::serialize` gave in the line above.
    unsafe { Component::deserialize(&pool.engine, code) }.map_err(invalid)
}

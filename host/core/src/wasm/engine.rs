//! The wasmtime engine: its settings, its linker and the clock of its time limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::Digest;
use sha2::Digest as _;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::capability::Capability;
use crate::wasm::cache::Cache;
use crate::wasm::guest::WasmGuest;
use crate::wasm::load::{LoadError, check_bytes};
use crate::wasm::state::State;
use crate::wasm::wasi;

/// The name in journals.
pub(crate) const NAME: &str = "wasmtime 48";
/// How often a running guest is looked at: it yields to others, or its time is over.
const TICK: Duration = Duration::from_millis(10);
/// The stack of a guest, in bytes.
const STACK: usize = 1 << 20;
/// What a slot of the pool keeps resident: the memory of most Rust guests, so that the next
/// execution finds its pages.
const KEEP_RESIDENT: usize = 5 << 19;

/// Core instances of one component, on average: one or two in Rust, two dozen in Python, whose
/// libraries are linked as the component starts. Only a count: none takes anything by being allowed.
const CORE_INSTANCES: u32 = 32;

/// How an engine is made.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Where compiled code is kept; none: compiled anew at every start.
    pub cache: Option<PathBuf>,
    /// How many executions can run at once.
    pub instances: u32,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { cache: None, instances: 512 }
    }
}

/// The engine could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} the engine: {message}")]
pub struct EngineError {
    step: &'static str,
    message: String,
}

/// Makes guests of components.
#[derive(Clone)]
pub struct Engine {
    engine: wasmtime::Engine,
    linker: Linker<State>,
    cache: Option<Arc<Cache>>,
    interfaces: Vec<&'static str>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("interfaces", &self.interfaces).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with WASI; capabilities are linked one by one.
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let failed = |step| move |error: wasmtime::Error| EngineError { step, message: format!("{error:#}") };
        let engine = wasmtime::Engine::new(&config(options)).map_err(failed("start"))?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(failed("link WASI to"))?;
        tick(&engine)
            .map_err(|error| EngineError { step: "start the clock of", message: error.to_string() })?;
        let cache = options.cache.as_ref().map(|folder| Arc::new(Cache::new(folder.clone(), &engine)));
        Ok(Self { engine, linker, cache, interfaces: Vec::new() })
    }

    /// Links a capability's functions.
    pub fn link<C: Capability>(&mut self) -> Result<(), EngineError> {
        self.interfaces.push(C::INTERFACE);
        C::link(&mut self.linker)
            .map_err(|error| EngineError { step: "link to", message: format!("{error:#}") })
    }

    /// Compiles a component, or finds it compiled, and checks that it can run here.
    pub fn load(&self, bytes: &[u8]) -> Result<WasmGuest, LoadError> {
        check_bytes(bytes)?;
        let digest = Digest(sha2::Sha256::digest(bytes).into());
        let compile = || {
            wasmtime::component::Component::from_binary(&self.engine, bytes)
                .map_err(|error| LoadError::Invalid(format!("{error:#}")))
        };
        let component = match &self.cache {
            Some(cache) => cache.component(&self.engine, digest, compile)?,
            None => compile()?,
        };
        WasmGuest::new(self, digest, &component)
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    pub(crate) fn linker(&self) -> &Linker<State> {
        &self.linker
    }

    /// Whether an import of this name is provided.
    pub(crate) fn provides(&self, import: &str) -> bool {
        let known = |interface: &&str| import == format!("flux:host/{interface}@0.1.0");
        let wasi =
            wasi::PACKAGES.iter().any(|package| import.starts_with(package)) && import.contains("@0.2.");
        wasi || self.interfaces.iter().flat_map(|names| names.split('+')).any(|name| known(&name))
    }
}

/// Deterministic, and fast to instantiate.
fn config(options: &EngineOptions) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let instances = options.instances;
    pool.total_component_instances(instances)
        .total_core_instances(instances * CORE_INSTANCES)
        .total_memories(instances)
        .total_tables(instances * 4)
        .total_stacks(instances)
        .max_memory_size(4 << 30)
        .table_elements(100_000)
        .max_unused_warm_slots(instances.min(100))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + (1 << 20))
        .memory_init_cow(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config
}

/// Counts the engine's epochs for as long as it lives.
fn tick(engine: &wasmtime::Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("flux-epoch".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::park_timeout(TICK);
        }
    })?;
    Ok(())
}

//! Where guests run: slots for instances, memories and tables, made once and used by one execution after another.

use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{
    Collector, Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::wasm::needs::Needs;
use crate::wasm::options::{EngineError, Link};
use crate::wasm::state::State;
use crate::wasm::wasi;

/// How often a running guest is looked at: it yields to others, or its time is over.
const TICK: Duration = Duration::from_millis(10);
/// The stack of a guest, in bytes.
const STACK: usize = 1 << 20;
/// What a slot of the pool keeps resident: the memory of most Rust guests, so that the next
/// execution finds its pages.
const KEEP_RESIDENT: usize = 5 << 19;
/// The most bookkeeping of one instance, in bytes. It is allocated as an instance needs it: components of a
/// hundred modules need a few megabytes.
const BOOKKEEPING: usize = 256 << 20;

/// An engine whose slots are for executions of guests that need no more than its room.
#[derive(Clone)]
pub(crate) struct Pool {
    pub engine: wasmtime::Engine,
    pub linker: Linker<State>,
    pub room: Needs,
}

impl Pool {
    /// A pool for so many executions at once.
    pub fn new(executions: u32, room: Needs, links: &[Link]) -> Result<Self, EngineError> {
        let mut config = config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(slots(executions, &room)));
        let engine = wasmtime::Engine::new(&config).map_err(EngineError::at("start"))?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(EngineError::at("link WASI to"))?;
        for link in links {
            link(&mut linker).map_err(EngineError::at("link to"))?;
        }
        tick(&engine)
            .map_err(|error| EngineError { step: "start the clock of", message: error.to_string() })?;
        Ok(Self { engine, linker, room })
    }
}

/// An engine that compiles for pools and has none itself.
pub(crate) fn scout() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config())
}

/// Counts are per execution, and every execution can have all that a guest needs: none waits for another's.
fn slots(executions: u32, room: &Needs) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(executions)
        // Only a count: nothing is taken by allowing an instance.
        .total_core_instances(u32::MAX)
        .total_memories(executions.saturating_mul(room.memories))
        .total_tables(executions.saturating_mul(room.tables))
        .total_stacks(executions)
        .total_gc_heaps(executions)
        .max_core_instance_size(BOOKKEEPING)
        .max_component_instance_size(BOOKKEEPING)
        .max_memories_per_module(room.memories)
        .max_tables_per_module(room.tables)
        .max_memory_size(4 << 30)
        .table_elements(room.table_elements)
        .max_unused_warm_slots(executions.min(100))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Deterministic, and fast to instantiate.
fn config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + (1 << 20))
        .memory_init_cow(true)
        .wasm_exceptions(true)
        // Their heap has exceptions only: no toolchain makes components of types that are collected.
        .wasm_gc(false)
        .collector(Collector::DeferredReferenceCounting)
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

//! What a store holds: the execution, and WASI's context once the guest asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::execution::Execution;
use crate::limits::Limits;
use crate::wasm::awaited::Awaited;
use crate::wasm::requests::Requests;
use crate::wasm::responding::Responding;

/// The environment variables of a guest, from flux.toml.
pub(crate) type Variables = Arc<[(String, String)]>;

/// The data of a store.
pub struct State {
    pub(crate) execution: Execution,
    pub(crate) limiter: Limiter,
    pub(crate) table: ResourceTable,
    // Most handlers never ask WASI anything, and few send requests through it: these are made when one does.
    wasi: Option<Wasi>,
    pub(crate) environment: Environment,
    pub(crate) requests: Option<Requests>,
    // The response of a wasi:http handler that runs.
    pub(crate) responding: Option<Responding>,
    /// What pollables wait for, by their number, where it is known.
    pub(crate) awaited: HashMap<u32, Awaited>,
    http: WasiHttpCtx,
}

/// What `wasi:cli/environment` answers, the same at every call of an execution.
pub(crate) enum Environment {
    /// Nobody has asked yet. These are flux.toml's.
    Configured(Variables),
    /// What was told, and recorded.
    Told(Vec<(String, String)>),
}

struct Wasi {
    context: WasiCtx,
    streams: [(&'static str, MemoryOutputPipe); 2],
}

impl State {
    pub(crate) fn new(execution: Execution, variables: Variables) -> Self {
        Self {
            limiter: Limiter::new(execution.limits()),
            execution,
            table: ResourceTable::new(),
            wasi: None,
            environment: Environment::Configured(variables),
            requests: None,
            responding: None,
            awaited: HashMap::new(),
            http: WasiHttpCtx::new(),
        }
    }

    /// The execution that this store runs.
    pub fn execution(&mut self) -> &mut Execution {
        &mut self.execution
    }

    /// The resources that the guest holds, for interfaces whose resources have more than a label.
    pub fn execution_and_table(&mut self) -> (&mut Execution, &mut ResourceTable) {
        (&mut self.execution, &mut self.table)
    }

    pub(crate) fn requests(&mut self) -> &mut Requests {
        self.requests_and_table().0
    }

    /// Both, for one who waits for either.
    pub(crate) fn requests_and_table(&mut self) -> (&mut Requests, &mut ResourceTable) {
        let limits = self.execution.limits();
        (self.requests.get_or_insert_with(|| Requests::new(limits)), &mut self.table)
    }

    pub(crate) fn into_execution(self) -> Execution {
        self.execution
    }

    /// What the guest wrote to stdout and stderr.
    pub(crate) fn written(&self) -> Vec<(&'static str, String)> {
        let streams = self.wasi.iter().flat_map(|wasi| &wasi.streams);
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        streams.map(|(name, pipe)| (*name, text(pipe))).filter(|(_, text)| !text.is_empty()).collect()
    }

    fn wasi(&mut self) -> &mut WasiCtx {
        let limit = self.execution.limits().output;
        &mut self.wasi.get_or_insert_with(|| Wasi::new(limit)).context
    }
}

impl Wasi {
    /// No files, no sockets, no arguments; stdin is empty.
    fn new(limit: usize) -> Self {
        let (stdout, stderr) = (MemoryOutputPipe::new(limit), MemoryOutputPipe::new(limit));
        let context = WasiCtx::builder().stdout(stdout.clone()).stderr(stderr.clone()).build();
        Self { context, streams: [("stdout", stdout), ("stderr", stderr)] }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi();
        match &mut self.wasi {
            Some(wasi) => WasiCtxView { ctx: &mut wasi.context, table: &mut self.table },
            None => unreachable!("made in the line above"),
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let limits = self.execution.limits();
        let hooks = self.requests.get_or_insert_with(|| Requests::new(limits));
        WasiHttpCtxView { hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Memory and tables within the limits; what was refused, and the most that was used.
pub(crate) struct Limiter {
    limits: Limits,
    memory: usize,
    elements: usize,
    pub peak: usize,
    pub refused: Option<String>,
}

impl Limiter {
    fn new(limits: Limits) -> Self {
        Self { limits, memory: 0, elements: 0, peak: 0, refused: None }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current).saturating_add(desired);
        if total > self.limits.memory {
            self.refused = Some(format!("it asked for {total} bytes of memory"));
            return Ok(false);
        }
        self.memory = total;
        self.peak = self.peak.max(total);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.elements.saturating_sub(current).saturating_add(desired);
        if total > self.limits.table_elements {
            self.refused = Some(format!("it asked for {total} table elements"));
            return Ok(false);
        }
        self.elements = total;
        Ok(true)
    }
}

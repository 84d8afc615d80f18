//! A component that is ready to run.

use std::sync::Arc;

use flux_recorder::Digest;
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::execution::Execution;
use crate::guest::{Ended, Guest, Handler, Input, Output, Running, Starting};
use crate::limits::{ARGUMENTS, LimitHit};
use crate::wasm::engine::{Engine, NAME};
use crate::wasm::load::LoadError;
use crate::wasm::outcome;
use crate::wasm::state::State;

/// The handlers of a component, as indexes: found once, not at every call.
#[derive(Default)]
struct Handlers {
    http: Option<http_handler::GuestIndices>,
    job: Option<job_handler::GuestIndices>,
    wasi_http: Option<crate::wasm::http::IncomingIndices>,
}

/// A component, compiled and linked.
pub struct WasmGuest {
    digest: Digest,
    pre: InstancePre<State>,
    exports: Arc<Handlers>,
    handlers: Vec<Handler>,
}

impl std::fmt::Debug for WasmGuest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmGuest").field("digest", &self.digest).field("handlers", &self.handlers).finish()
    }
}

impl WasmGuest {
    pub(crate) fn new(engine: &Engine, digest: Digest, component: &Component) -> Result<Self, LoadError> {
        let imports = component.component_type();
        let missing: Vec<_> = imports
            .imports(engine.engine())
            .map(|(name, _)| name.to_owned())
            .filter(|name| !engine.provides(name))
            .collect();
        if !missing.is_empty() {
            return Err(LoadError::MissingImports(missing));
        }
        let pre = engine.linker().instantiate_pre(component);
        let pre = pre.map_err(|error| LoadError::Mismatch(format!("{error:#}")))?;
        let exports = Handlers {
            http: http_handler::GuestIndices::new(&pre).ok(),
            job: job_handler::GuestIndices::new(&pre).ok(),
            wasi_http: crate::wasm::http::IncomingIndices::new(&pre).ok(),
        };
        let mut handlers = Vec::new();
        if exports.http.is_some() || exports.wasi_http.is_some() {
            handlers.push(Handler::Http);
        }
        if exports.job.is_some() {
            handlers.push(Handler::Job);
        }
        if handlers.is_empty() {
            return Err(LoadError::NoHandler);
        }
        Ok(Self { digest, pre, exports: Arc::new(exports), handlers })
    }

    async fn run(&self, input: Input, store: &mut Store<State>) -> wasmtime::Result<Output> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        match (input, &*self.exports) {
            (Input::Http(request), Handlers { http: Some(http), .. }) => {
                let handler = http.load(&mut *store, &instance)?;
                handler.call_handle(&mut *store, &request).await.map(Output::Http)
            }
            (Input::Http(request), Handlers { wasi_http: Some(http), .. }) => {
                crate::wasm::http::handle(http, store, &instance, request).await.map(Output::Http)
            }
            (Input::Job(job) | Input::Cron(job), Handlers { job: Some(handler), .. }) => {
                let handler = handler.load(&mut *store, &instance)?;
                handler.call_run(&mut *store, &job).await.map(Output::Job)
            }
            (input, _) => wasmtime::bail!("the component has no handler for {:?}", input.handler()),
        }
    }

    fn store(&self, execution: Execution) -> Store<State> {
        let mut store = Store::new(self.pre.engine(), State::new(execution));
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(ARGUMENTS);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            let execution = store.data_mut().execution();
            let limit = execution.limits().time_ms;
            if execution.elapsed_ns() > limit * 1_000_000 {
                return Err(LimitHit::Time(limit).into());
            }
            // Tokio's own yield lets the worker look at its sockets and timers first. Where every worker
            // has a busy guest, wasmtime's would leave a neighbour's request unread for most of a second.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }
}

impl Guest for WasmGuest {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn handlers(&self) -> &[Handler] {
        &self.handlers
    }

    fn engine(&self) -> &'static str {
        NAME
    }

    fn takes_bytes(&self) -> bool {
        self.exports.http.is_none()
    }

    fn start(&self, execution: Execution) -> Starting<'_> {
        Box::pin(async { self.pre.instantiate_async(self.store(execution)).await.map(drop) })
    }

    fn call(&self, input: Input, execution: Execution) -> Running<'_> {
        Box::pin(async move {
            let to_head = input.is_head();
            let mut store = self.store(execution);
            let result = self.run(input, &mut store).await;
            let result =
                result.and_then(|output| output.within(store.data_mut().execution().limits(), to_head));
            let answered = store.data_mut().finish_requests().await;
            let result = result.and_then(|output| answered.map(|()| output));
            let result = capture_output(store.data_mut()).and(result);
            let state = store.into_data();
            let (output, outcome) = match result {
                Ok(output) => {
                    let outcome = output.outcome();
                    (Some(output), outcome)
                }
                Err(error) => (None, outcome::failed(&error, &state)),
            };
            let peak_memory = state.limiter.peak as u64;
            Ended::of(state.into_execution(), output, outcome, peak_memory)
        })
    }
}

/// What was written to stdout and stderr becomes output of the execution, a line each.
fn capture_output(state: &mut State) -> wasmtime::Result<()> {
    for (stream, text) in state.written() {
        for line in text.lines() {
            let (level, message) = (stream.to_owned(), line.to_owned());
            state.execution().output(flux_recorder::Output { level, message, fields: Vec::new() })?;
        }
    }
    Ok(())
}

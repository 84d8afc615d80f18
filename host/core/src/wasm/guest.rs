//! A component that is ready to run.

use std::sync::Arc;

use flux_recorder::{Digest, Outcome};
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::exports::flux::host::{http_handler, job_handler};
use crate::execution::Execution;
use crate::fault::caught;
use crate::guest::{Ended, Guest, Running, Starting};
use crate::handler::{Handler, Input, Output};
use crate::limits::ARGUMENTS;
use crate::wasm::load::LoadError;
use crate::wasm::options::NAME;
use crate::wasm::outcome;
use crate::wasm::pool::Pool;
use crate::wasm::state::{State, Variables};

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
    variables: Variables,
}

impl std::fmt::Debug for WasmGuest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmGuest").field("digest", &self.digest).field("handlers", &self.handlers).finish()
    }
}

impl WasmGuest {
    pub(crate) fn new(pool: &Pool, digest: Digest, component: &Component) -> Result<Self, LoadError> {
        let pre = pool.linker.instantiate_pre(component);
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
            return Err(no_handler(&pool.engine, component));
        }
        Ok(Self { digest, pre, exports: Arc::new(exports), handlers, variables: Variables::default() })
    }

    /// The guest with an environment of its own: what `wasi:cli/environment` answers.
    pub fn with_variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables = variables.into_iter().collect();
        self
    }

    /// Runs the handler until it returns. None: it was answered before.
    async fn run(&self, input: Input, store: &mut Store<State>) -> wasmtime::Result<Option<Output>> {
        let instance = self.pre.instantiate_async(&mut *store).await;
        let instance = instance.map_err(|error| outcome::at_start(error, store.data()))?;
        match (input, &*self.exports) {
            (Input::Http(request), Handlers { http: Some(http), .. }) => {
                let handler = http.load(&mut *store, &instance)?;
                handler.call_handle(&mut *store, &request).await.map(|response| Some(Output::Http(response)))
            }
            (Input::Http(request), Handlers { wasi_http: Some(http), .. }) => {
                let response = crate::wasm::http::handle(http, store, &instance, request).await?;
                Ok(response.map(Output::Http))
            }
            (Input::Job(job) | Input::Cron(job), Handlers { job: Some(handler), .. }) => {
                let handler = handler.load(&mut *store, &instance)?;
                handler.call_run(&mut *store, &job).await.map(|done| Some(Output::Job(done)))
            }
            (input, _) => wasmtime::bail!("the component has no handler for {:?}", input.handler()),
        }
    }

    fn store(&self, execution: Execution) -> Store<State> {
        let mut store = Store::new(self.pre.engine(), State::new(execution, self.variables.clone()));
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(ARGUMENTS);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            store.data_mut().execution().tick()?;
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
            let mut store = self.store(execution);
            store.data_mut().execution().serves(&input);
            let called = caught(self.run(input, &mut store)).await;
            let state = store.data_mut();
            let called = capture_output(state).and(called);
            let result = finish(state, called).await;
            let mut state = store.into_data();
            let (output, outcome) = match result {
                Ok(output) => {
                    let answered = state.execution().answered().cloned();
                    let outcome = output.as_ref().map(Output::outcome).or(answered);
                    (output, outcome.unwrap_or(Outcome::Returned(Vec::new())))
                }
                Err(error) => (None, outcome::failed(&error, &state)),
            };
            let peak_memory = state.limiter.peak as u64;
            Ended::of(state.into_execution(), output, outcome, peak_memory).await
        })
    }
}

/// What follows the handler. Requests that it did not wait for are waited for, but the answer does not wait
/// for them. A guest that failed is answered at once: what was under way is given up.
async fn finish(
    state: &mut State,
    called: wasmtime::Result<Option<Output>>,
) -> wasmtime::Result<Option<Output>> {
    let output = match called {
        Ok(output) => output,
        // It said all that it had to say.
        Err(error) if state.execution().answered().is_some() && is_exit(&error) => None,
        Err(error) => {
            // What has arrived has a known outcome.
            if state.requests.is_some() {
                state.take_arrived().ok();
            }
            return Err(error);
        }
    };
    state.mark_left()?;
    if !state.has_requests() {
        return output.map(|output| state.execution().checked(output)).transpose();
    }
    if let Some(output) = output {
        state.execution().answer(output)?;
    }
    state.finish_requests().await?;
    Ok(None)
}

/// Whether a guest ended itself without a fault.
fn is_exit(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<wasmtime_wasi::I32Exit>().is_some_and(|exit| exit.0 == 0)
}

fn no_handler(engine: &wasmtime::Engine, component: &Component) -> LoadError {
    let exports = component.component_type();
    let names: Vec<_> = exports.exports(engine).map(|(name, _)| name.to_owned()).collect();
    if names.is_empty() { LoadError::NoHandler } else { LoadError::OtherExports(names) }
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

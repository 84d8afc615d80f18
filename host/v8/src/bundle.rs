//! A guest's bundle, and its start in an isolate: its module is evaluated once, before an execution has it.
//! So start-up is no part of an execution, as with components, and calls of the host are refused in it.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use deno_core::error::{CoreError, CoreErrorKind};
use deno_core::{JsRuntime, ModuleSpecifier, v8};
use flux_host::Handler;
use flux_host::wasm::LoadError;

use crate::ops::Resource;
use crate::platform;
use crate::table::Table;
use crate::turn::{Turn, panic_of};

/// What a bundle is called in stacks.
const NAME: &str = "file:///guest.js";
/// What js/globals.js leaves for the host.
const ENGINE: &str = "__fluxEngine";
/// A guest that takes longer to start is not one.
const START: Duration = Duration::from_secs(10);
/// What the heap may grow by once its limit was hit, so that the guest can be ended in order.
const ROOM_TO_END: usize = 16 << 20;
/// The stack of a thread that has an isolate, in bytes. V8 takes about 1 MiB of it for the guest.
pub const STACK: usize = 4 << 20;

/// A guest's code, and what its isolates may use.
#[derive(Debug)]
pub struct Bundle {
    /// One ES module.
    pub code: String,
    /// The limit of its heap, in bytes.
    pub memory: usize,
    /// What it can call.
    pub table: Arc<Table>,
}

/// An isolate in which the guest has started.
pub struct Started {
    /// The functions of the host's side of it. They go before the runtime that they are in.
    pub engine: Engine,
    /// The guest's module. So does it.
    pub guest: v8::Global<v8::Object>,
    /// What the guest exports.
    pub handlers: Vec<Handler>,
    /// Whether the heap's limit was hit.
    pub is_full: Rc<Cell<bool>>,
    // Where V8's delayed tasks wait. Nobody runs it: they are of no use to an isolate of one execution. It
    // goes before the isolate that they belong to.
    _tasks: tokio::runtime::Runtime,
    /// The isolate.
    pub runtime: JsRuntime,
}

/// The functions that js/host.js has for the host.
pub struct Engine {
    /// Calls a handler.
    pub begin: v8::Global<v8::Function>,
    /// Answers a call.
    pub deliver: v8::Global<v8::Function>,
    /// Runs what waits until nothing else is left to do; says whether there was any.
    pub idle: v8::Global<v8::Function>,
    /// Makes the object of a handle.
    pub resource: v8::Global<v8::Function>,
}

impl Bundle {
    /// Starts it once, and says what it exports.
    pub fn check(self: &Arc<Self>) -> Result<Vec<Handler>, LoadError> {
        let (done, started) = channel();
        let (begun, handle) = channel();
        let bundle = self.clone();
        let thread = std::thread::Builder::new().name("flux-v8".to_owned()).stack_size(STACK);
        let thread = thread.spawn(move || {
            let told = |handle| drop(begun.send(handle));
            drop(done.send(bundle.start(told).map(|started| started.handlers)));
        });
        thread.map_err(|error| LoadError::Bundle(error.to_string()))?;
        let ended = || LoadError::Bundle("the engine ended".to_owned());
        match started.recv_timeout(START) {
            Ok(handlers) => handlers,
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
            Err(RecvTimeoutError::Timeout) => {
                handle.recv().map_err(|_| ended())?.terminate_execution();
                Err(LoadError::Bundle(format!("it takes longer than {} s", START.as_secs())))
            }
        }
    }

    /// Starts it in a new isolate, on this thread. `begun` is told before the guest's code runs.
    pub fn start(&self, begun: impl FnOnce(v8::IsolateHandle)) -> Result<Started, LoadError> {
        let failed = |error: &dyn std::fmt::Display| LoadError::Bundle(error.to_string());
        let tasks = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let tasks = tasks.map_err(|error| failed(&error))?;
        let entered = tasks.enter();
        let mut runtime = platform::runtime(self.memory).map_err(|error| failed(&error))?;
        drop(entered);
        let handle = runtime.v8_isolate().thread_safe_handle();
        runtime.op_state().borrow_mut().put(Turn::new(handle.clone()));
        runtime.op_state().borrow_mut().put(self.table.clone());
        let engine = Engine::of(&mut runtime).ok_or_else(|| failed(&"the engine is not whole"))?;
        runtime.op_state().borrow_mut().put(Resource(engine.resource.clone()));
        let is_full = Rc::new(Cell::new(false));
        let (full, end) = (is_full.clone(), handle.clone());
        runtime.add_near_heap_limit_callback(move |now, _| {
            full.set(true);
            end.terminate_execution();
            now + ROOM_TO_END
        });
        begun(handle);
        let name = ModuleSpecifier::parse(NAME).map_err(|error| failed(&error))?;
        let guest = tasks.block_on(evaluate(&mut runtime, &name, self.code.clone()));
        let guest = guest.map_err(|error| LoadError::Bundle(words(&error)))?;
        let handlers = exports(&mut runtime, &guest);
        if handlers.is_empty() {
            return Err(LoadError::NoHandler);
        }
        Ok(Started { engine, guest, handlers, is_full, _tasks: tasks, runtime })
    }
}

impl Engine {
    /// Puts the host's interfaces in place, and takes the engine's functions out of the guest's reach.
    fn of(runtime: &mut JsRuntime) -> Option<Self> {
        deno_core::scope!(scope, runtime);
        let global = scope.get_current_context().global(scope);
        let key = v8::String::new(scope, ENGINE)?;
        let engine: v8::Local<v8::Object> = global.get(scope, key.into())?.try_into().ok()?;
        global.delete(scope, key.into())?;
        let function = |name: &str| {
            let key = v8::String::new(scope, name)?;
            let function: v8::Local<v8::Function> = engine.get(scope, key.into())?.try_into().ok()?;
            Some(v8::Global::new(scope, function))
        };
        let (begin, deliver, idle) = (function("begin")?, function("deliver")?, function("idle")?);
        let (install, resource) = (function("install")?, function("resource")?);
        v8::Local::new(scope, install).call(scope, global.into(), &[])?;
        Some(Self { begin, deliver, idle, resource })
    }
}

async fn evaluate(
    runtime: &mut JsRuntime,
    name: &ModuleSpecifier,
    code: String,
) -> Result<v8::Global<v8::Object>, CoreError> {
    let id = runtime.load_main_es_module_from_code(name, code).await?;
    let evaluated = runtime.mod_evaluate(id);
    runtime.run_event_loop(Default::default()).await?;
    evaluated.await?;
    runtime.get_module_namespace(id)
}

/// What a guest's module exports.
fn exports(runtime: &mut JsRuntime, guest: &v8::Global<v8::Object>) -> Vec<Handler> {
    deno_core::scope!(scope, runtime);
    let guest = v8::Local::new(scope, guest);
    let has = |name: &str| {
        let key = v8::String::new(scope, name)?;
        guest.has_own_property(scope, key.into())
    };
    let handlers = [("httpHandler", Handler::Http), ("jobHandler", Handler::Job)];
    let found = handlers.into_iter().filter(|(name, _)| has(name).unwrap_or_default());
    found.map(|(_, handler)| handler).collect()
}

/// What went wrong, with its place.
fn words(error: &CoreError) -> String {
    match error.as_kind() {
        CoreErrorKind::Js(error) => {
            let panic = panic_of(error);
            let frames: String = panic.frames.iter().map(|frame| format!("\n    at {frame}")).collect();
            format!("{}{frames}", panic.message)
        }
        _ => error.to_string(),
    }
}

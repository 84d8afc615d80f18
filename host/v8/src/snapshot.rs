//! A guest that was started once: its module is evaluated when it is loaded, and every execution begins
//! with the heap that this left. So start-up is no part of an execution, as with components, and calls of
//! the host are refused in it.

use std::sync::{Arc, LazyLock};

use deno_core::error::CoreError;
use deno_web::BlobStore;
use deno_core::{Extension, JsRuntime, JsRuntimeForSnapshot, ModuleSpecifier, RuntimeOptions, v8};
use flux_host::Handler;
use flux_host::wasm::LoadError;

use crate::memory;
use crate::ops;
use crate::turn::{Turn, panic_of};

/// What a bundle is called in stacks.
const NAME: &str = "file:///guest.js";
/// What js/globals.js leaves for the host.
const ENGINE: &str = "__fluxEngine";
/// The guest's module.
const GUEST: &str = "__fluxGuest";
/// A guest that takes this long to start is not one.
const START: std::time::Duration = std::time::Duration::from_secs(10);

deno_core::extension!(
    flux_v8,
    deps = [deno_webidl, deno_web],
    ops = [
        ops::op_flux_answered,
        ops::op_flux_config,
        ops::op_flux_db_begin,
        ops::op_flux_db_end,
        ops::op_flux_db_execute,
        ops::op_flux_db_query,
        ops::op_flux_digest,
        ops::op_flux_done,
        ops::op_flux_failed,
        ops::op_flux_fetch_send,
        ops::op_flux_fetch_send_all,
        ops::op_flux_kv_delete,
        ops::op_flux_kv_get,
        ops::op_flux_kv_increment,
        ops::op_flux_kv_keys,
        ops::op_flux_kv_set,
        ops::op_flux_log,
        ops::op_flux_monotonic,
        ops::op_flux_now,
        ops::op_flux_open,
        ops::op_flux_queue_send,
        ops::op_flux_random,
        ops::op_flux_secret,
        ops::op_flux_sleep,
        ops::op_flux_stderr,
        ops::op_flux_threw,
    ],
    esm_entry_point = "ext:flux_v8/globals.js",
    esm = [dir "src/js", "crypto.js", "globals.js", "host.js"],
);

/// Where V8's own delayed tasks wait. The guest's never run here.
static TASKS: LazyLock<std::io::Result<tokio::runtime::Runtime>> = LazyLock::new(|| {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("flux-v8-tasks").enable_time().build()
});

fn extensions() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(Arc::new(BlobStore::default()), None, false, Default::default()),
        flux_v8::init(),
    ]
}

/// The heap of a guest that was started, and the limit of those that begin with it.
#[derive(Debug)]
pub struct Snapshot {
    blob: Box<[u8]>,
    memory: usize,
}

/// A runtime of a snapshot.
pub struct Started {
    /// It goes before what it reads from.
    pub runtime: JsRuntime,
    _snapshot: Arc<Snapshot>,
}

/// The functions that js/host.js has for the host.
pub struct Engine {
    /// Calls a handler.
    pub begin: v8::Global<v8::Function>,
    /// Answers a call.
    pub deliver: v8::Global<v8::Function>,
    /// Runs what waits until nothing else is left to do; says whether there was any.
    pub idle: v8::Global<v8::Function>,
    /// The guest's module.
    pub guest: v8::Global<v8::Value>,
}

impl Snapshot {
    /// Starts a bundle. On a thread of its own: V8 binds an isolate to the thread that made it.
    pub fn of(code: String, memory: usize) -> Result<(Self, Vec<Handler>), LoadError> {
        let thread = std::thread::Builder::new().name("flux-v8-start".to_owned()).stack_size(8 << 20);
        let started = thread.spawn(move || start(code, memory)).map_err(|error| LoadError::Bundle(error.to_string()))?;
        started.join().map_err(|_| LoadError::Bundle("the engine panicked".to_owned()))?
    }

    /// The limit of its heap, in bytes.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// A new runtime with this heap.
    pub fn runtime(self: &Arc<Self>) -> Result<Started, CoreError> {
        let _tasks = TASKS.as_ref().ok().map(|tasks| tasks.enter());
        // SAFETY: the bytes stay where they are for as long as the box lives, and `Started` drops the
        // runtime, which alone reads them, before its share of the box.
        let blob: &'static [u8] = unsafe { std::slice::from_raw_parts(self.blob.as_ptr(), self.blob.len()) };
        let mut runtime = JsRuntime::try_new(RuntimeOptions {
            extensions: extensions(),
            startup_snapshot: Some(blob),
            create_params: Some(memory::limited(self.memory)),
            ..RuntimeOptions::default()
        })?;
        forbid_eval(&mut runtime);
        drop(hide(&mut runtime));
        Ok(Started { runtime, _snapshot: self.clone() })
    }
}

impl Engine {
    /// Takes the functions out of the guest's reach.
    pub fn of(runtime: &mut JsRuntime) -> Option<Self> {
        deno_core::scope!(scope, runtime);
        let global = scope.get_current_context().global(scope);
        let taken = |name: &str| {
            let key = v8::String::new(scope, name)?;
            let value = global.get(scope, key.into())?;
            global.delete(scope, key.into())?;
            Some(value)
        };
        let (engine, guest) = (taken(ENGINE)?, taken(GUEST)?);
        let engine: v8::Local<v8::Object> = engine.try_into().ok()?;
        let function = |name: &str| {
            let key = v8::String::new(scope, name)?;
            let function: v8::Local<v8::Function> = engine.get(scope, key.into())?.try_into().ok()?;
            Some(v8::Global::new(scope, function))
        };
        Some(Self {
            begin: function("begin")?,
            deliver: function("deliver")?,
            idle: function("idle")?,
            guest: v8::Global::new(scope, guest),
        })
    }
}

fn start(code: String, memory: usize) -> Result<(Snapshot, Vec<Handler>), LoadError> {
    let tasks = TASKS.as_ref().map_err(|error| LoadError::Bundle(error.to_string()))?;
    let _entered = tasks.enter();
    let failed = |error: CoreError| LoadError::Bundle(words(&error));
    let options = RuntimeOptions { extensions: extensions(), ..RuntimeOptions::default() };
    let mut runtime = JsRuntimeForSnapshot::try_new(options).map_err(failed)?;
    let handle = runtime.v8_isolate().thread_safe_handle();
    runtime.op_state().borrow_mut().put(Turn::new(handle.clone()));
    forbid_eval(&mut runtime);
    let hidden = hide(&mut runtime);
    let name = ModuleSpecifier::parse(NAME).map_err(|error| LoadError::Bundle(error.to_string()))?;
    let evaluated = async {
        let id = runtime.load_main_es_module_from_code(&name, code).await?;
        let evaluated = runtime.mod_evaluate(id);
        runtime.run_event_loop(Default::default()).await?;
        evaluated.await?;
        runtime.get_module_namespace(id)
    };
    let deadline = tasks.spawn(async move {
        tokio::time::sleep(START).await;
        handle.terminate_execution();
    });
    let guest = tasks.block_on(evaluated);
    deadline.abort();
    let handlers = exports(&mut runtime, guest.map_err(failed)?);
    if handlers.is_empty() {
        return Err(LoadError::NoHandler);
    }
    show(&mut runtime, hidden);
    // What the ops work on is no part of the heap.
    drop(runtime.op_state().borrow_mut().try_take::<Turn>());
    Ok((Snapshot { blob: runtime.snapshot(), memory }, handlers))
}

/// What would share memory, wait on its own, compile what the guest fetched, or read another clock; and the
/// engine's own.
const HIDDEN: [&str; 6] = ["Atomics", "Deno", "SharedArrayBuffer", "Temporal", "WebAssembly", "__bootstrap"];

/// Takes what no guest has from the globals.
fn hide(runtime: &mut JsRuntime) -> Vec<(&'static str, v8::Global<v8::Value>)> {
    deno_core::scope!(scope, runtime);
    let global = scope.get_current_context().global(scope);
    let taken = HIDDEN.into_iter().filter_map(|name| {
        let key = v8::String::new(scope, name)?.into();
        let value = global.get(scope, key).filter(|value| !value.is_undefined())?;
        global.delete(scope, key)?;
        Some((name, v8::Global::new(scope, value)))
    });
    taken.collect()
}

/// Gives it back: V8 looks for it where it reads a snapshot.
fn show(runtime: &mut JsRuntime, hidden: Vec<(&'static str, v8::Global<v8::Value>)>) {
    deno_core::scope!(scope, runtime);
    let global = scope.get_current_context().global(scope);
    for (name, value) in hidden {
        let value = v8::Local::new(scope, value);
        if let Some(key) = v8::String::new(scope, name) {
            global.define_own_property(scope, key.into(), value, v8::PropertyAttribute::DONT_ENUM);
        }
    }
}

/// Keeps the guest's module where an execution finds it, and says what it exports.
fn exports(runtime: &mut JsRuntime, guest: v8::Global<v8::Object>) -> Vec<Handler> {
    deno_core::scope!(scope, runtime);
    let guest = v8::Local::new(scope, guest);
    let global = scope.get_current_context().global(scope);
    let has = |name: &str| {
        let key = v8::String::new(scope, name)?;
        guest.has_own_property(scope, key.into())
    };
    let handlers = [("httpHandler", Handler::Http), ("jobHandler", Handler::Job)];
    let found = handlers.into_iter().filter(|(name, _)| has(name).unwrap_or_default());
    let found = found.map(|(_, handler)| handler).collect();
    if let Some(key) = v8::String::new(scope, GUEST) {
        global.set(scope, key.into(), guest.into());
    }
    found
}

/// No code but the bundle's, which has a name by which it is kept.
fn forbid_eval(runtime: &mut JsRuntime) {
    deno_core::scope!(scope, runtime);
    scope.get_current_context().set_allow_generation_from_strings(false);
}

/// What went wrong, with its place.
fn words(error: &CoreError) -> String {
    match error.as_kind() {
        deno_core::error::CoreErrorKind::Js(error) => {
            let panic = panic_of(error);
            let frames: String = panic.frames.iter().map(|frame| format!("\n    at {frame}")).collect();
            format!("{}{frames}", panic.message)
        }
        _ => error.to_string(),
    }
}

//! What every guest finds: the web platform and the host's interfaces, as one snapshot of the process.
//!
//! One, and no snapshot of a started guest, which would begin faster: V8 has one read-only heap for all
//! isolates of a process, so all must come from the same snapshot, and none may live while it is made.

use std::sync::{Arc, OnceLock};

use deno_core::{Extension, JsRuntime, JsRuntimeForSnapshot, RuntimeOptions, v8};
use deno_web::BlobStore;

use crate::{memory, ops};

deno_core::extension!(
    flux_v8,
    deps = [deno_webidl, deno_web],
    ops = [
        ops::op_flux_answered,
        ops::op_flux_begin,
        ops::op_flux_call,
        ops::op_flux_digest,
        ops::op_flux_done,
        ops::op_flux_failed,
        ops::op_flux_halt,
        ops::op_flux_interfaces,
        ops::op_flux_stderr,
        ops::op_flux_threw,
    ],
    esm_entry_point = "ext:flux_v8/globals.js",
    esm = [dir "src/js", "crypto.js", "globals.js", "host.js"],
);

/// What no guest has: what would share memory, wait on its own, compile what the guest fetched, or read
/// another clock; and the engine's own.
const HIDDEN: [&str; 6] = ["Atomics", "Deno", "SharedArrayBuffer", "Temporal", "WebAssembly", "__bootstrap"];

static SNAPSHOT: OnceLock<Result<Box<[u8]>, String>> = OnceLock::new();

fn extensions() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(Arc::new(BlobStore::default()), None, false, Default::default()),
        flux_v8::init(),
    ]
}

/// A runtime in which no guest is yet, of so many bytes at most. To be made where a tokio runtime is entered.
pub fn runtime(memory: usize) -> Result<JsRuntime, String> {
    let snapshot = SNAPSHOT.get_or_init(snapshot).as_deref().map_err(Clone::clone)?;
    let runtime = JsRuntime::try_new(RuntimeOptions {
        extensions: extensions(),
        startup_snapshot: Some(snapshot),
        create_params: Some(memory::limited(memory)),
        ..RuntimeOptions::default()
    });
    let mut runtime = runtime.map_err(|error| error.to_string())?;
    close(&mut runtime);
    Ok(runtime)
}

fn snapshot() -> Result<Box<[u8]>, String> {
    // Not the machine's: a recording replays on another.
    v8::icu::set_default_locale("en-US");
    let options = RuntimeOptions { extensions: extensions(), ..RuntimeOptions::default() };
    let runtime = JsRuntimeForSnapshot::try_new(options).map_err(|error| error.to_string())?;
    Ok(runtime.snapshot())
}

/// Takes away what no guest has; and no code runs but the bundle's, which has a name by which it is kept.
fn close(runtime: &mut JsRuntime) {
    deno_core::scope!(scope, runtime);
    let context = scope.get_current_context();
    context.set_allow_generation_from_strings(false);
    let global = context.global(scope);
    for name in HIDDEN {
        if let Some(key) = v8::String::new(scope, name) {
            global.delete(scope, key.into());
        }
    }
}

//! Why the engine refuses a file, in words that name what to do about it.

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::wasm::files;
use crate::wasm::load::LoadError;

/// The proposals that the engine leaves out, as a person would call them.
const LEFT_OUT: [(WasmFeatures, &str); 23] = [
    (WasmFeatures::CM_ASYNC, "async functions, streams and futures of the component model (WASI 0.3)"),
    (WasmFeatures::CM_ASYNC_STACKFUL, "stackful async of the component model (WASI 0.3)"),
    (WasmFeatures::CM_MORE_ASYNC_BUILTINS, "more async built-ins of the component model (WASI 0.3)"),
    (WasmFeatures::CM_THREADING, "threads of the component model"),
    (WasmFeatures::CM_ERROR_CONTEXT, "error contexts of the component model"),
    (WasmFeatures::CM_VALUES, "values of the component model"),
    (WasmFeatures::CM_NESTED_NAMES, "nested names of the component model"),
    (WasmFeatures::CM_FIXED_LENGTH_LISTS, "lists of fixed length of the component model"),
    (WasmFeatures::CM_GC, "garbage-collected values in the canonical ABI"),
    (WasmFeatures::CM_MAP, "maps of the component model"),
    (WasmFeatures::CM64, "64-bit memories in the canonical ABI (memory64)"),
    (WasmFeatures::CM_IMPLEMENTS, "'implements' names of the component model"),
    (WasmFeatures::CM_CANON_NAMES, "canonical interface names of the component model"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "exceptions of the old kind"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
    (WasmFeatures::THREADS, "threads (shared memory and atomics)"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (WasmFeatures::COMPACT_IMPORTS, "compact imports"),
    (WasmFeatures::GC, "garbage-collected types (GC)"),
];

/// Names the reason. `engine` is what the engine said.
pub(crate) fn diagnose(bytes: &[u8], engine: &str) -> LoadError {
    if let Some(error) = files::recognise(bytes) {
        return error;
    }
    match validate(bytes, supported()) {
        Ok(()) => LoadError::Invalid(engine.to_owned()),
        Err(message) => match validate(bytes, WasmFeatures::all()) {
            Ok(()) => LoadError::Unsupported { needs: needed(bytes), message },
            Err(message) if message.contains("unexpected end") => LoadError::Truncated(message),
            Err(_) => LoadError::Invalid(message),
        },
    }
}

/// What the engine has: wasmtime's defaults for the features that it is built with, as `pool.rs` sets them.
fn supported() -> WasmFeatures {
    let without = WasmFeatures::GC | WasmFeatures::THREADS;
    (WasmFeatures::WASM3 | WasmFeatures::COMPONENT_MODEL) - without
}

fn validate(bytes: &[u8], features: WasmFeatures) -> Result<(), String> {
    let valid = Validator::new_with_features(features).validate_all(bytes);
    valid.map(drop).map_err(|error| error.to_string())
}

/// The proposals without which the component is not valid.
fn needed(bytes: &[u8]) -> Vec<&'static str> {
    let mut kept = WasmFeatures::all();
    let mut names = Vec::new();
    for (feature, name) in LEFT_OUT {
        match validate(bytes, kept - feature) {
            Ok(()) => kept -= feature,
            Err(_) => names.push(name),
        }
    }
    names
}

/// Whether a component has types and nothing to run: what `wasm-tools component wit` makes of a folder of WIT.
pub(crate) fn is_wit_package(bytes: &[u8]) -> bool {
    let mut types = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::ComponentTypeSection(_)) => types = true,
            Ok(
                Payload::ModuleSection { .. }
                | Payload::ComponentSection { .. }
                | Payload::InstanceSection(_)
                | Payload::ComponentInstanceSection(_)
                | Payload::ComponentImportSection(_),
            )
            | Err(_) => return false,
            Ok(_) => {}
        }
    }
    types
}

#[cfg(test)]
mod tests;

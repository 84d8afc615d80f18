//! What to do about a component that exports no handler.

/// What Flux calls.
pub(crate) const HANDLERS: &str = "export flux:host/http-handler@0.1.0, flux:host/job-handler@0.1.0 or \
                                   wasi:http/incoming-handler@0.2";

/// What the exports say that the component was made for.
pub(crate) fn hint(exports: &[String]) -> String {
    let cause = exports.iter().find_map(|name| cause(name));
    cause.map_or_else(|| HANDLERS.to_owned(), |cause| format!("{cause}: {HANDLERS}"))
}

fn cause(export: &str) -> Option<&'static str> {
    let (interface, version) = export.split_once('@').unwrap_or((export, ""));
    Some(match interface {
        "wasi:cli/run" => "this is a command, which runs once and ends",
        "flux:host/http-handler" | "flux:host/job-handler" => {
            "the guest was built for another release of Flux"
        }
        "wasi:http/incoming-handler" if version.starts_with("0.2.0-") => {
            "this handler is of a draft of WASI 0.2 from before its release: build the guest with a toolchain of 2024 \
             or later"
        }
        name if name.starts_with("wasi:http/") && version.starts_with("0.3.") => {
            "this handler is of WASI 0.3, and this release runs WASI 0.2 (Rust: wasm32-wasip2)"
        }
        name if name.starts_with("wasi:messaging/") || name.starts_with("wasmcloud:") => {
            "this handler is for another host's messages; jobs of a queue are Flux's"
        }
        name if name.starts_with("fermyon:spin/") || name.starts_with("spin:") => {
            "this handler is for Spin's own triggers"
        }
        "wasi:keyvalue/watcher" => "Flux does not tell guests of changes in a bucket",
        _ => return None,
    })
}

//! What to do about imports that this host does not have.

use crate::wasm::wasi_names::WASI;

/// What to do about imports that nobody provides: a sentence for each cause.
pub(crate) fn hint(imports: &[String]) -> String {
    let mut causes: Vec<&str> = Vec::new();
    for import in imports {
        let cause = cause(import);
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes.join("; ")
}

fn cause(import: &str) -> &'static str {
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    let package = interface.split('/').next().unwrap_or(interface);
    match package {
        "flux:host" => "the guest was built for another release of Flux: build it against this one's wit/",
        "wasi:config" => {
            "of wasi:config this host has store@0.2.0-rc.1, store@0.2.0-draft and runtime@0.2.0-draft: build the \
             guest with one of them, or use flux:host/config"
        }
        "wasi:keyvalue" => {
            "of wasi:keyvalue this host has store, atomics and batch of 0.2.0-draft2: build the guest with that \
             version, or use flux:host/kv"
        }
        "wasi:logging" => "this host has no wasi:logging: write lines to stderr, or use flux:host/log",
        _ if package.starts_with("wasi:") => wasi_cause(interface, version),
        "fermyon:spin" | "spin:up" => of_another_host(),
        _ if ["fermyon", "spin", "wasmcloud", "fastly", "golem", "wasmtime"].contains(&vendor(package)) => {
            of_another_host()
        }
        _ => "compose the component with one that exports what is missing: wac plug, or wasm-tools compose",
    }
}

fn vendor(package: &str) -> &str {
    package.split(':').next().unwrap_or(package)
}

fn of_another_host() -> &'static str {
    "this is an interface of another host: use what Flux has for it (db, kv, queue, fetch, config), or compose the \
     component with one that exports it"
}

fn wasi_cause(interface: &str, version: &str) -> &'static str {
    if version.starts_with("0.3.") {
        "the guest was built for WASI 0.3, which this release does not run: build it for WASI 0.2 (Rust: \
         wasm32-wasip2; wasi:http/incoming-handler in place of wasi:http/handler)"
    } else if version.starts_with("0.2.0-") {
        "this is a draft of WASI 0.2 from before its release: build the guest with a toolchain of 2024 or later, \
         which has 0.2.0"
    } else if WASI.contains(&interface) {
        "this host has versions 0.2 of this interface: build the guest for WASI 0.2"
    } else {
        "this host does not have this interface of WASI: docs/wasi.md lists what it has; compose the component with \
         one that exports it"
    }
}

//! Why a file cannot run here.

use crate::hint::Hint;
use crate::wasm::{exports, import_hints};

/// A guest that cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It does not begin like Wasm.
    #[error("this is no WebAssembly component: {what}")]
    NotWasm {
        /// What it is.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A module without the component around it.
    #[error("this is a core WebAssembly module, not a component")]
    CoreModule {
        /// What to do with a module of its kind.
        hint: &'static str,
    },
    /// It ends before its end.
    #[error("this component is cut off: {0}")]
    Truncated(String),
    /// The engine refuses it.
    #[error("this component is not valid: {0}")]
    Invalid(String),
    /// It uses proposals that the engine leaves out.
    #[error("this component uses what this engine leaves out: {} ({message})", .needs.join(", "))]
    Unsupported {
        /// Their names.
        needs: Vec<&'static str>,
        /// Where it uses the first of them.
        message: String,
    },
    /// Types only.
    #[error("this is a WIT package: it describes interfaces and has nothing to run")]
    WitPackage,
    /// It begins with more than an execution may use.
    #[error("the component begins with {least} {what}, and [limits] {setting} allows less")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// What it needs.
        least: u64,
        /// The key of `[limits]`.
        setting: &'static str,
    },
    /// The address space has no room for as many executions of it as there may be.
    #[error(
        "there is no room for {executions} executions at once of a component with {memories} memories and {tables} \
         tables: {why}"
    )]
    NoRoom {
        /// The memories of all its modules.
        memories: u32,
        /// The tables of all its modules.
        tables: u32,
        /// `[limits] concurrency`.
        executions: u32,
        /// What the engine said.
        why: String,
    },
    /// It asks for interfaces that this host does not have.
    #[error("the component imports what this host does not provide: {}", .0.join(", "))]
    MissingImports(Vec<String>),
    /// Names fit, types do not.
    #[error("the component's imports do not fit this host: {0}")]
    Mismatch(String),
    /// A bundle for V8 that its engine refuses, or that fails as it starts.
    #[error("this bundle does not start: {0}")]
    Bundle(String),
    /// A bundle, and a host without V8.
    #[error("this is a bundle for V8, and this flux was built without it")]
    NoV8,
    /// Nothing to call.
    #[error("the guest exports no handler that Flux can call")]
    NoHandler,
    /// Exports, and no handler among them.
    #[error("the guest exports no handler that Flux can call, but {}", .0.join(", "))]
    OtherExports(Vec<String>),
}

impl LoadError {
    /// A component that takes modules as imports says only then what it needs.
    pub(crate) fn unknown_needs() -> Self {
        Self::MissingImports(vec!["a core module".to_owned()])
    }
}

impl Hint for LoadError {
    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotWasm { .. } | Self::Truncated(_) | Self::Invalid(_) => "FLX0101",
            Self::CoreModule { .. } => "FLX0102",
            Self::MissingImports(_) | Self::Mismatch(_) => "FLX0103",
            Self::NoHandler | Self::OtherExports(_) | Self::WitPackage => "FLX0104",
            Self::Bundle(_) => "FLX0105",
            Self::NoV8 => "FLX0106",
            Self::Unsupported { .. } => "FLX0107",
            Self::OverLimit { .. } | Self::NoRoom { .. } => "FLX0108",
        })
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotWasm { hint, .. } | Self::CoreModule { hint } => hint,
            Self::Truncated(_) => "copy it again, or build it again: a part of the file is missing",
            Self::Invalid(_) => {
                "build it again with current tools: wasm-tools validate FILE says where it is wrong"
            }
            Self::Unsupported { needs, .. } => unsupported_hint(needs),
            Self::OverLimit { least, setting, .. } => {
                return Some(format!("in flux.toml: [limits] {setting} = {least}, or more"));
            }
            Self::NoRoom { .. } => {
                "lower [limits] concurrency in flux.toml: every execution has a place of its own"
            }
            Self::MissingImports(imports) => return Some(import_hints::hint(imports)),
            Self::Mismatch(_) => "build it against the wit/ of this release: flux --version",
            Self::Bundle(_) => "the first line has the cause; move calls of the host into a handler",
            Self::NoV8 => "build flux with it: cargo build --release --features v8",
            Self::NoHandler => exports::HANDLERS,
            Self::WitPackage => "give the component that was built for this package",
            Self::OtherExports(names) => return Some(exports::hint(names)),
        };
        Some(text.to_owned())
    }
}

fn unsupported_hint(needs: &[&str]) -> &'static str {
    let any = |word: &str| needs.iter().any(|name| name.contains(word));
    if any("WASI 0.3") {
        "this release runs WASI 0.2: build the guest for it (Rust: wasm32-wasip2; wasi:http/incoming-handler in place \
         of wasi:http/handler)"
    } else if any("exceptions of the old kind") {
        "translate them to those of the standard: wasm-opt --translate-to-exnref, or with clang and lld 20 or newer \
         -mllvm -wasm-use-legacy-eh=false"
    } else if any("GC") {
        "build the guest without them: with a toolchain that brings its own memory management"
    } else if any("threads") {
        "build the guest without threads: each request has an instance of its own, on one thread"
    } else if any("memory64") {
        "build the guest for 32-bit memories (wasm32)"
    } else {
        "build the guest without this proposal; docs/wasi.md lists what the engine has"
    }
}

//! Why a file cannot run here.

use crate::hint::Hint;

/// A guest that cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It does not begin like Wasm.
    #[error("this is no WebAssembly component: it does not begin with '\\0asm'")]
    NotWasm,
    /// A module without the component around it.
    #[error("this is a core WebAssembly module, not a component")]
    CoreModule,
    /// The engine refuses it.
    #[error("this component is not valid: {0}")]
    Invalid(String),
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
}

impl Hint for LoadError {
    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotWasm | Self::Invalid(_) => "FLX0101",
            Self::CoreModule => "FLX0102",
            Self::MissingImports(_) | Self::Mismatch(_) => "FLX0103",
            Self::NoHandler => "FLX0104",
            Self::Bundle(_) => "FLX0105",
            Self::NoV8 => "FLX0106",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotWasm => "build one: flux build <folder>".to_owned(),
            Self::CoreModule => "build for the target wasm32-wasip2, as flux build does, or wrap the module \
                                 with wasm-tools component new"
                .to_owned(),
            Self::Invalid(_) => "build it again; a truncated copy looks like this".to_owned(),
            Self::MissingImports(imports) => missing_hint(imports),
            Self::Mismatch(_) => "build it against the wit/ of this release: flux --version".to_owned(),
            Self::Bundle(_) => {
                "the first line has the cause; calls of the host belong into a handler".to_owned()
            }
            Self::NoV8 => "build flux with it: cargo build --release --features v8".to_owned(),
            Self::NoHandler => "export flux:host/http-handler@0.1.0, flux:host/job-handler@0.1.0 or \
                                wasi:http/incoming-handler@0.2"
                .to_owned(),
        })
    }
}

/// Who could provide what is missing.
fn missing_hint(imports: &[String]) -> String {
    let first = imports.first().map_or("", String::as_str);
    if first.starts_with("flux:host/") {
        "the guest was built for another release of Flux: build it against this one's wit/".to_owned()
    } else if first.starts_with("wasi:") {
        "this host has WASI 0.2 only; build for wasm32-wasip2".to_owned()
    } else {
        "compose the component with one that exports it: wasm-tools compose, or wac plug".to_owned()
    }
}

/// Tells a component from other files before the engine sees it.
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), LoadError> {
    let (magic, layer) = (bytes.get(..4), bytes.get(4..8));
    match (magic, layer) {
        (Some(b"\0asm"), Some([_, _, 1, 0])) => Ok(()),
        (Some(b"\0asm"), Some(_)) => Err(LoadError::CoreModule),
        _ => Err(LoadError::NotWasm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_told_from_a_module_and_from_anything_else() {
        assert_eq!(check_bytes(b"\0asm\x0d\0\x01\0..."), Ok(()));
        assert_eq!(check_bytes(b"\0asm\x01\0\0\0"), Err(LoadError::CoreModule));
        assert_eq!(check_bytes(b"\0as"), Err(LoadError::NotWasm));
        assert_eq!(check_bytes(b"#!/bin/sh"), Err(LoadError::NotWasm));
    }
}

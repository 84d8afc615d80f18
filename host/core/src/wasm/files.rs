//! Tells a component from the files that are handed over in its place.

use wasmparser::{Parser, Payload};

use crate::wasm::load::LoadError;

/// How files begin that are no WebAssembly, what they are, and what to do.
const BEGINNINGS: [(&[u8], &str, &str); 10] = [
    (b"\x1f\x8b", "it is compressed with gzip", UNPACK),
    (b"PK\x03\x04", "it is a zip archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd", UNPACK),
    (b"BZh", "it is compressed with bzip2", UNPACK),
    (b"\xfd7zXZ", "it is compressed with xz", UNPACK),
    (
        b"\x7fELF",
        "it is machine code (ELF)",
        "give the component itself: what `wasmtime compile` or another compiler made of it cannot be named or checked",
    ),
    (b"BC\xc0\xde", "it is LLVM bitcode", "link it: flux build <folder>"),
    (b"!<arch>", "it is a static library", "link it: flux build <folder>"),
    (
        b"version https://git-lfs",
        "it is a pointer of Git LFS, not the file",
        "fetch the file itself: git lfs pull",
    ),
    (
        b"// flux bundle ",
        "it is a bundle for V8 of another release of Flux",
        "build it again with this release: flux build --engine v8",
    ),
];
const UNPACK: &str = "unpack it and give the component inside";
const BUILD: &str = "build one: flux build <folder>";

/// Why this is no component of today's encoding; none: it begins like one.
pub(crate) fn recognise(bytes: &[u8]) -> Option<LoadError> {
    let (Some(magic), Some(layer)) = (bytes.get(..4), bytes.get(4..8)) else {
        return Some(short(bytes));
    };
    match (magic, layer) {
        (b"\0asm", [0x0d, 0, 1, 0]) => None,
        (b"\0asm", [version, _, 1, 0]) => Some(LoadError::Invalid(format!(
            "it has version {version} of the component model's encoding, and 13 is the one in use"
        ))),
        (b"\0asm", _) => Some(core_module(bytes)),
        _ => Some(no_wasm(bytes)),
    }
}

fn short(bytes: &[u8]) -> LoadError {
    if bytes.is_empty() {
        return LoadError::NotWasm { what: "the file is empty", hint: BUILD };
    }
    if bytes.starts_with(b"\0asm") || b"\0asm".starts_with(bytes) {
        return LoadError::Truncated(format!("it has {} bytes", bytes.len()));
    }
    no_wasm(bytes)
}

fn no_wasm(bytes: &[u8]) -> LoadError {
    if let Some((_, what, hint)) = BEGINNINGS.iter().find(|(begins, ..)| bytes.starts_with(begins)) {
        return LoadError::NotWasm { what, hint };
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return LoadError::NotWasm { what: "it is a tar archive", hint: UNPACK };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text_file(text.trim_start_matches('\u{feff}').trim_start()),
        _ => LoadError::NotWasm { what: "it does not begin with '\\0asm'", hint: BUILD },
    }
}

/// A text, from its first character that is no space.
fn text_file(text: &str) -> LoadError {
    let (what, hint) = if text.starts_with('(') || text.starts_with(";;") {
        ("it is WebAssembly's text format", "make it binary: wasm-tools parse FILE.wat -o FILE.wasm")
    } else if text.starts_with('<') {
        ("it is an HTML or XML page", "the download gave a page in the file's place: fetch it again")
    } else if text.starts_with("package ") && text.contains(';') {
        ("it is text: the description of an interface (WIT)", "give the component that was built for it")
    } else {
        ("it is text", "a source file is no guest: flux build <folder> makes one of a project")
    };
    LoadError::NotWasm { what, hint }
}

/// What a core module needs to become a component.
fn core_module(bytes: &[u8]) -> LoadError {
    let mut hint = "build for the target wasm32-wasip2, as flux build does, or wrap the module with wasm-tools \
                    component new";
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::ImportSection(imports)) => {
                for import in imports.into_imports().flatten() {
                    hint = hint_of(import.module).unwrap_or(hint);
                }
            }
            Ok(Payload::CustomSection(section)) if section.name().starts_with("component-type") => {
                hint = "it knows its world already: wasm-tools component new FILE.wasm -o COMPONENT.wasm";
            }
            Ok(Payload::CustomSection(section)) if section.name() == "dylink.0" => {
                hint = "it is a shared library: wasm-tools component link makes a component of it and its program";
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    LoadError::CoreModule { hint }
}

fn hint_of(module: &str) -> Option<&'static str> {
    Some(match module {
        "wasi_snapshot_preview1" => {
            "it was built for WASI 0.1 (wasm32-wasip1): build it for wasm32-wasip2, or wrap it with wasm-tools \
             component new --adapt wasi_snapshot_preview1.reactor.wasm"
        }
        "wasi_unstable" => {
            "it was built for a WASI before 0.1: build it with a current toolchain, for wasm32-wasip2"
        }
        "wbg" | "__wbindgen_placeholder__" => {
            "it was built for browsers by wasm-bindgen: build it for wasm32-wasip2"
        }
        "gojs" | "go" => "it was built for browsers (GOOS=js): flux build makes a component of a Go project",
        _ => return None,
    })
}

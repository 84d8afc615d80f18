use crate::hint::Hint;
use crate::wasm::{Engine, EngineOptions};

/// What loading a file says: its code, its error, its hint.
fn said(bytes: &[u8]) -> (String, String, String) {
    let engine = Engine::new(&EngineOptions { instances: 1, ..EngineOptions::default() }).expect("an engine");
    let error = engine.load(bytes).expect_err("it cannot run here");
    let code = error.code().unwrap_or_default().to_owned();
    (code, error.to_string(), error.hint().unwrap_or_default())
}

/// Checks what the command says of a file.
fn says(bytes: &[u8], code: &str, error: &str, hint: &str) {
    let said = said(bytes);
    assert_eq!(said.0, code, "{said:?}");
    assert!(said.1.contains(error), "{error}: {said:?}");
    assert!(said.2.contains(hint), "{hint}: {said:?}");
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_component_of_a_newer_proposal_names_the_proposal() {
    let newer = [
        ("(component (type (stream u8)))", "(WASI 0.3)", "WASI 0.2"),
        ("(component (type (future)))", "(WASI 0.3)", "wasm32-wasip2"),
        (
            "(component (core module (type (struct (field i32)))))",
            "garbage-collected types (GC)",
            "without them",
        ),
        ("(component (core module (memory 1 1 shared)))", "threads (shared memory", "without threads"),
        ("(component (core module (memory 1 (pagesize 1))))", "custom page sizes", "without this proposal"),
        ("(component (type (list u8 4)))", "lists of fixed length", "without this proposal"),
    ];
    for (text, needs, hint) in newer {
        says(&component(text), "FLX0107", needs, hint);
    }
    // Exceptions need the types of collected values too, and are no reason.
    let both =
        "(component (core module (type (struct)) (tag) (func (throw 0)) (func (drop (struct.new 0)))))";
    let (_, both, _) = said(&component(both));
    assert!(both.contains("garbage-collected types (GC)") && !both.contains("exceptions"), "{both}");
    let old = "(component (core module (tag) (func try throw 0 catch_all end)))";
    says(&component(old), "FLX0107", "exceptions of the old kind", "--translate-to-exnref");
}

#[test]
fn a_component_that_is_cut_off_or_damaged_says_so() {
    let whole = component("(component (core module (func (export \"a\") (result i32) i32.const 1)))");
    says(&whole[..whole.len() - 3], "FLX0101", "cut off", "a part of the file is missing");
    says(b"\0asm", "FLX0101", "cut off: it has 4 bytes", "");
    says(
        &component("(component (core module (func (export \"a\") (result i32))))"),
        "FLX0101",
        "not valid",
        "validate",
    );
    says(b"\0asm\x0a\0\x01\0", "FLX0101", "version 10 of the component model", "current tools");
}

#[test]
fn a_file_of_another_kind_is_told_by_what_it_is() {
    let files: [(&[u8], &str, &str); 12] = [
        (b"", "the file is empty", "flux build"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "gzip", "unpack"),
        (b"PK\x03\x04\x14\0\0\0", "zip", "unpack"),
        (b"\x28\xb5\x2f\xfd\0\0\0\0", "zstd", "unpack"),
        (b"\x7fELF\x02\x01\x01\0", "machine code", "component itself"),
        (b"  (component\n)", "text format", "wasm-tools parse"),
        (b"<!doctype html><title>404</title>", "HTML", "fetch it again"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
        (b"// flux bundle 99\nexport", "another release", "flux build --engine v8"),
        (b"package app:x@1.0.0;\nworld x {}", "WIT", "built for it"),
        (b"fn main() { println!(\"hello\"); }", "it is text", "flux build <folder>"),
        (b"\xff\xfe\0\0\0\0\0\0\0", "does not begin with", "flux build"),
    ];
    for (bytes, what, hint) in files {
        says(bytes, "FLX0101", what, hint);
    }
}

#[test]
fn a_core_module_is_told_by_what_it_was_built_for() {
    let modules = [
        ("(module)", "wasm32-wasip2"),
        ("(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func)))", "WASI 0.1"),
        ("(module (import \"wasi_unstable\" \"fd_write\" (func)))", "before 0.1"),
        ("(module (import \"wbg\" \"f\" (func)))", "wasm-bindgen"),
        ("(module (@custom \"component-type:app\" \"\"))", "wasm-tools component new"),
        ("(module (@custom \"dylink.0\" \"\"))", "shared library"),
    ];
    for (text, hint) in modules {
        says(&component(text), "FLX0102", "core WebAssembly module", hint);
    }
}

#[test]
fn what_is_imported_and_missing_is_told_by_whose_it_is() {
    let imports = [
        ("wasi:http/types@0.3.0", "WASI 0.3"),
        ("wasi:http/types@0.2.0-rc-2023-11-10", "draft of WASI 0.2"),
        ("wasi:config/store@0.3.0", "store@0.2.0-rc.1"),
        ("wasi:keyvalue/store@0.1.0", "0.2.0-draft2"),
        ("wasi:nn/tensor@0.2.0-rc-2024-10-28", "draft of WASI 0.2"),
        ("wasi:blobstore/container@0.1.0", "does not have this interface"),
        ("wasi:logging/logging", "stderr"),
        ("fermyon:spin/key-value@2.0.0", "another host"),
        ("flux:host/kv@9.0.0", "another release of Flux"),
        ("acme:mail/send@1.0.0", "wac plug"),
    ];
    for (name, hint) in imports {
        says(&component(&format!("(component (import {name:?} (instance)))")), "FLX0103", name, hint);
    }
    let two = "(component (import \"wasi:http/types@0.3.0\" (instance)) (import \"a:b/c\" (instance)))";
    let (_, _, hint) = said(&component(two));
    assert!(hint.contains("WASI 0.3") && hint.contains("wac plug"), "{hint}");
}

#[test]
fn what_is_exported_and_no_handler_is_told_by_what_it_is_for() {
    let export =
        |name: &str| component(&format!("(component (instance $it) (export {name:?} (instance $it)))"));
    says(&export("wasi:cli/run@0.2.3"), "FLX0104", "wasi:cli/run@0.2.3", "a command");
    says(&export("wasi:http/handler@0.3.0"), "FLX0104", "wasi:http/handler@0.3.0", "WASI 0.3");
    says(
        &export("wasi:http/incoming-handler@0.2.0-rc-2023-11-10"),
        "FLX0104",
        "rc-2023",
        "draft of WASI 0.2",
    );
    says(&export("acme:mail/receive"), "FLX0104", "acme:mail/receive", "export flux:host/http-handler");
    says(&component("(component)"), "FLX0104", "no handler", "export flux:host/http-handler");
}

#[test]
fn a_package_of_wit_is_no_program() {
    let package = r#"(component
        (type (component
            (type (instance (export "f" (func))))
            (export "app:x/y@1.0.0" (instance (type 0)))))
        (export "y" (type 0)))"#;
    says(&component(package), "FLX0104", "WIT package", "built for this package");
}

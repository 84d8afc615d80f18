//! No text is a flux.toml that panics, and each error has a place and a hint.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| flux_runtime::fuzz::config(text));

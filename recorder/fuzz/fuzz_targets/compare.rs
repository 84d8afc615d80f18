//! No two values panic the comparison, and it says 'equal' exactly where their masks are equal.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../replay/tests/replay/any_bytes.rs"]
mod any_bytes;

fuzz_target!(|bytes: &[u8]| any_bytes::check(bytes));

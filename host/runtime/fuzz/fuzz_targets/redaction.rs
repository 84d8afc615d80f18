//! Redaction of any bodies, statements and texts leaves nothing of a secret, and does nothing more the second time.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| flux_runtime::fuzz::redaction(bytes));

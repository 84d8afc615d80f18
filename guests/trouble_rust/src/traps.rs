//! What ends an execution without an answer.

use flux_sdk::http::{Error, Request, Response};
use std::hint::black_box;

/// Panics two functions deep. None of them is inlined, so that the backtrace has their names.
#[inline(never)]
pub fn panic(request: &Request) -> Result<Response, Error> {
    let length = outer(request.path.len());
    Ok(Response::text(200, length.to_string()))
}

#[inline(never)]
fn outer(length: usize) -> usize {
    black_box(inner(length)) + 1
}

#[inline(never)]
fn inner(length: usize) -> usize {
    assert!(length == 0, "trouble was asked for: the path has {length} characters");
    length
}

/// Executes `unreachable`, without a word on stderr.
pub fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}

/// Never returns, and makes no call.
pub fn endless() -> Result<Response, Error> {
    let mut turns = 0_u64;
    while black_box(turns) != u64::MAX {
        turns += 1;
    }
    Ok(Response::status(200))
}

/// Uses up the stack.
pub fn recurse() -> Result<Response, Error> {
    Ok(Response::text(200, deeper(1).to_string()))
}

/// Small frames in linear memory, so that the call stack is what ends first; and the result is
/// used, so that this is no loop.
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    if black_box(depth) == 0 {
        return 0;
    }
    deeper(depth + 1) + 1
}

//! Handles that no SDK would make: kept, used after they were closed, made up.

use flux_sdk::http::{Error, Response};
use flux_sdk::kv::Bucket;

/// The contract's functions as the component has them, below every check of the SDK.
#[cfg(target_arch = "wasm32")]
mod raw {
    #[link(wasm_import_module = "flux:host/kv@0.1.0")]
    unsafe extern "C" {
        #[link_name = "[method]bucket.get"]
        pub fn get(handle: i32, key: *const u8, length: usize, result: *mut u8);
    }
}

/// Room for what `get` returns.
const RESULT: usize = 64;

#[cfg(target_arch = "wasm32")]
fn get(handle: i32) {
    let mut result = [0_u8; RESULT];
    // SAFETY: key and result are memory of ours, and live until it returns.
    unsafe { raw::get(handle, b"key".as_ptr(), 3, result.as_mut_ptr()) }
    std::hint::black_box(result);
}

#[cfg(not(target_arch = "wasm32"))]
fn get(_: i32) {
    std::hint::black_box([0_u8; RESULT]);
}

/// Opens a bucket `n` times and closes none.
pub fn leak(n: u32) -> Result<Response, Error> {
    for _ in 0..n {
        std::mem::forget(Bucket::open("b")?);
    }
    Ok(Response::text(200, format!("{n} kept\n")))
}

/// Uses the first handle after it was closed.
pub fn closed() -> Result<Response, Error> {
    drop(Bucket::open("b")?);
    get(1);
    Ok(Response::text(200, "it was still open\n"))
}

/// Uses a handle that was never given.
pub fn foreign() -> Result<Response, Error> {
    let _open = Bucket::open("b")?;
    get(77);
    Ok(Response::text(200, "it was open\n"))
}

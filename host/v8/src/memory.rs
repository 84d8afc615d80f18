//! The memory of one guest: V8's heap has a limit of its own, and what buffers hold beside it is counted
//! here.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deno_core::v8;

/// V8's memory for buffers is aligned to this, as malloc's is.
const ALIGNMENT: usize = 16;

/// What the buffers of one isolate hold, in bytes.
#[derive(Debug)]
struct Buffers {
    held: AtomicUsize,
    limit: usize,
}

/// The settings of an isolate that may use so many bytes for its heap, and as many for its buffers.
pub fn limited(memory: usize) -> v8::CreateParams {
    let buffers = Arc::new(Buffers { held: AtomicUsize::new(0), limit: memory });
    // SAFETY: the pointer is an Arc's, and each function of the table takes it as that type; `forget`
    // gives it back once.
    let allocator = unsafe { v8::new_rust_allocator(Arc::into_raw(buffers), &FUNCTIONS) };
    v8::CreateParams::default().heap_limits(0, memory).array_buffer_allocator(allocator)
}

static FUNCTIONS: v8::RustAllocatorVtable<Buffers> =
    v8::RustAllocatorVtable { allocate, allocate_uninitialized, free, drop: forget };

impl Buffers {
    /// Counts `len` bytes; none where they would be too many.
    fn take(&self, len: usize) -> Option<Layout> {
        let layout = Layout::from_size_align(len.max(1), ALIGNMENT).ok()?;
        let before = self.held.fetch_add(len, Ordering::Relaxed);
        if before.saturating_add(len) > self.limit {
            self.held.fetch_sub(len, Ordering::Relaxed);
            return None;
        }
        Some(layout)
    }
}

unsafe extern "C" fn allocate(buffers: &Buffers, len: usize) -> *mut c_void {
    // SAFETY: a layout of at least one byte.
    buffers.take(len).map_or(std::ptr::null_mut(), |layout| unsafe { alloc_zeroed(layout) }.cast())
}

unsafe extern "C" fn allocate_uninitialized(buffers: &Buffers, len: usize) -> *mut c_void {
    // SAFETY: a layout of at least one byte.
    buffers.take(len).map_or(std::ptr::null_mut(), |layout| unsafe { alloc(layout) }.cast())
}

unsafe extern "C" fn free(buffers: &Buffers, data: *mut c_void, len: usize) {
    buffers.held.fetch_sub(len, Ordering::Relaxed);
    if let Ok(layout) = Layout::from_size_align(len.max(1), ALIGNMENT)
        && !data.is_null()
    {
        // SAFETY: V8 gives back what it got of this length.
        unsafe { dealloc(data.cast(), layout) };
    }
}

unsafe extern "C" fn forget(buffers: *const Buffers) {
    // SAFETY: made by `Arc::into_raw` in `limited`, and given back once.
    drop(unsafe { Arc::from_raw(buffers) });
}

//! What the host holds for a guest beside its memory: bodies on their way in and out. All of an
//! execution's together stay within its memory limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError};

use crate::limits::LimitHit;

/// Counted with every piece, for what stands around its bytes: a million writes of one byte are no
/// megabyte.
const AROUND: usize = 128;

/// Counts what one execution's bodies take.
#[derive(Clone)]
pub(crate) struct Held {
    bytes: Arc<AtomicUsize>,
    limit: usize,
}

/// A part of the count, given back when it is dropped.
pub(crate) struct Hold {
    bytes: Arc<AtomicUsize>,
    size: usize,
}

/// Bytes with the part they take.
struct Kept {
    bytes: Bytes,
    _hold: Hold,
}

impl Held {
    pub fn new(limit: usize) -> Self {
        Self { bytes: Arc::default(), limit }
    }

    /// Counts so many bytes more.
    pub fn take(&self, len: usize) -> Hold {
        let size = len.saturating_add(AROUND);
        self.bytes.fetch_add(size, Ordering::Relaxed);
        Hold { bytes: self.bytes.clone(), size }
    }

    /// Errs where more is held than may be.
    pub fn check(&self) -> Result<(), LimitHit> {
        let within = self.bytes.load(Ordering::Relaxed) <= self.limit;
        if within { Ok(()) } else { Err(LimitHit::Bodies(self.limit)) }
    }
}

impl Hold {
    /// Bytes that give this part back when the last of them is dropped.
    pub fn on(self, bytes: impl Into<Bytes>) -> Bytes {
        Bytes::from_owner(Kept { bytes: bytes.into(), _hold: self })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.bytes.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The stream of an outgoing body. It takes what the guest writes at once and counts it: how much a
/// guest may write next does not depend on how fast the host reads, so a replay writes alike.
pub(crate) struct BodyStream {
    pub inner: DynOutputStream,
    pub held: Held,
}

#[async_trait]
impl Pollable for BodyStream {
    /// At once: the channel behind it has room for all that the limit lets in.
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for BodyStream {
    fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        let hold = self.held.take(bytes.len());
        self.held.check().map_err(|hit| StreamError::Trap(hit.into()))?;
        self.inner.write(hold.on(bytes))
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.inner.check_write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let held = Held::new(2 * AROUND + 10);
        let kept = held.take(4).on(vec![1, 2, 3, 4]);
        let part = kept.slice(1..2);
        drop(kept);
        let more = held.take(7);
        assert_eq!(held.check(), Err(LimitHit::Bodies(2 * AROUND + 10)), "a slice keeps all of it");
        drop(part);
        assert_eq!(held.check(), Ok(()));
        drop(more);
        assert_eq!(held.bytes.load(Ordering::Relaxed), 0);
    }
}

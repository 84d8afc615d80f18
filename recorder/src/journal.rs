//! Where a session's events go.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The journal cannot take more: the execution must not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendError(pub String);

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AppendError {}

/// Takes the bytes of one execution, in order: the header and whole frames.
pub trait Journal: Send {
    /// Keeps `frames`. When it returns, the bytes outlive this process, or as long as its
    /// durability promises.
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError>;
}

/// A journal in memory, for tests, benches and fixtures. Clones share the bytes.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Vec<u8>>>);

impl MemoryJournal {
    /// A copy of all bytes so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Journal for MemoryJournal {
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(frames);
        Ok(())
    }
}

//! Where a recorded call is written to.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use flux_recorder::{AppendError, Begin, Digest, End, Journal, Trigger, returned};
use flux_store::{ExecutionHandle, Store, StoreOptions};
use uuid::Uuid;

/// A few executions of many calls; small enough that writing it anew does not empty the caches of
/// what a call needs.
const RESET_AT: usize = 256 << 10;

/// Memory that is written again from its start when it is full, so that growing it is no part of a
/// call. All executions share it: fresh pages are the spool's price, and measured with the spool.
#[derive(Debug, Clone)]
struct Reset(Arc<Mutex<Vec<u8>>>);

impl Reset {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::with_capacity(RESET_AT))))
    }
}

impl Journal for Reset {
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() + frames.len() > RESET_AT {
            bytes.clear();
        }
        bytes.extend_from_slice(frames);
        Ok(())
    }
}

/// What kind of journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Memory that is reset: the recorder alone.
    Memory,
    /// The spool, with durability `process`: what `flux run` does.
    Spool,
}

/// Makes journals, and takes back what they wrote.
#[derive(Debug)]
pub struct Journals {
    memory: Reset,
    store: Option<Store>,
    next: u128,
}

impl Journals {
    /// Journals of one kind; `folder` holds the store.
    pub async fn open(destination: Destination, folder: &Path) -> Result<Self> {
        let store = match destination {
            Destination::Memory => None,
            Destination::Spool => Some(Store::open(folder, StoreOptions::default()).await?),
        };
        Ok(Self { memory: Reset::new(), store, next: 1 })
    }

    /// A journal for one execution. The handle, if there is one, must be finished.
    pub fn journal(&mut self) -> (Uuid, Box<dyn Journal>, Option<ExecutionHandle>) {
        let id = Uuid::from_u128(self.next);
        self.next += 1;
        match &self.store {
            None => (id, Box::new(self.memory.clone()), None),
            Some(store) => {
                let (journal, handle) = store.execution(id);
                (id, journal, Some(handle))
            }
        }
    }

    /// Ships what was written, so that the shipper does not run beside the next measurement.
    pub async fn flush(&self) -> Result<()> {
        match &self.store {
            None => Ok(()),
            Some(store) => store.flush().await.context("cannot ship the recordings"),
        }
    }
}

/// How a recorded execution begins.
pub fn begin(id: Uuid) -> Begin {
    let trigger = Trigger { kind: "http".into(), name: "GET /".into(), input: vec![0x55; 200] };
    Begin {
        id,
        parent: None,
        guest: Digest([3; 32]),
        engine: "none".into(),
        seed: [9; 32],
        started_ns: 1,
        trigger,
    }
}

/// How a recorded execution ends.
pub fn end() -> End {
    End { outcome: returned(&200u16), elapsed_ns: 5_000, peak_memory: 0 }
}

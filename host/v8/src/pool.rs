//! Isolates made ahead of time: making one takes longer than most handlers run, so it is off the
//! request's path as long as executions come slower than isolates are made.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use flux_host::HostFault;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::bundle::Bundle;
use crate::isolate::Isolate;

/// The isolates of one guest that wait for an execution.
pub struct Pool {
    bundle: Arc<Bundle>,
    ready: Mutex<VecDeque<oneshot::Receiver<Isolate>>>,
    running: Semaphore,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("memory", &self.bundle.memory).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool that keeps `ready` isolates, and runs at most `most` executions at once.
    pub fn new(bundle: Arc<Bundle>, ready: usize, most: usize) -> Self {
        let isolates = (0..ready).map(|_| Isolate::begin(bundle.clone())).collect();
        Self { bundle, ready: Mutex::new(isolates), running: Semaphore::new(most) }
    }

    /// An isolate for one execution, and the right to run it. Another is begun in its place.
    pub async fn take(&self) -> wasmtime::Result<(Isolate, SemaphorePermit<'_>)> {
        let permit = self.running.acquire().await.map_err(|_| none())?;
        let isolate = {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            ready.push_back(Isolate::begin(self.bundle.clone()));
            ready.pop_front()
        };
        let isolate = isolate.ok_or_else(|| HostFault("the pool has no isolate".to_owned()))?;
        let isolate = isolate.await.map_err(|_| none())?;
        Ok((isolate, permit))
    }

    /// An isolate that was not made ahead of time.
    pub async fn fresh(&self) -> wasmtime::Result<Isolate> {
        let isolate = Isolate::begin(self.bundle.clone()).await;
        isolate.map_err(|_| none())
    }
}

/// Its thread could not start, or there was no memory for it: no fault of the guest.
fn none() -> wasmtime::Error {
    HostFault("no isolate can be made".to_owned()).into()
}

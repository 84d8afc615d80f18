//! What waits for the shipper: executions that ended, and guests that got a name.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::execution::Execution;
use crate::error::StoreError;
use crate::summary::GuestVersion;

type Flushed = Result<(), Arc<StoreError>>;

/// As many executions wake the shipper at once; fewer wait for a moment, to be shipped together.
pub(crate) const BATCH: usize = 500;

/// Filled by executions, emptied by one shipper.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    // Held for a push or a swap only: the shipper's thread has a low priority, and executions must
    // not wait for it to be scheduled.
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    guests: Vec<GuestVersion>,
    waiting: VecDeque<Arc<Execution>>,
    in_flight: usize,
    dropped: u64,
    flushes: Vec<oneshot::Sender<Flushed>>,
    /// Why the latest batch could not be shipped.
    failing: Option<Arc<StoreError>>,
    closed: bool,
}

/// What is shipped together: guests first, because the executions may name them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Guests that got a name.
    pub guests: Vec<GuestVersion>,
    /// Executions that ended.
    pub executions: Vec<Arc<Execution>>,
}

impl State {
    fn has_any(&self) -> bool {
        !self.waiting.is_empty() || !self.guests.is_empty()
    }

    fn is_urgent(&self) -> bool {
        self.closed || !self.flushes.is_empty()
    }
}

impl Queue {
    /// One more. Wakes the shipper only where that makes a difference: a wake-up costs more than
    /// everything else that finishing does.
    pub fn push(&self, execution: Arc<Execution>) {
        let mut state = self.state();
        state.waiting.push_back(execution);
        let waiting = state.waiting.len();
        drop(state);
        if waiting == 1 || waiting == BATCH {
            self.wake.notify_one();
        }
    }

    /// A guest got a name.
    pub fn name(&self, guest: GuestVersion) {
        let mut state = self.state();
        // A guest may be loaded often while the store is down.
        if !state.guests.iter().any(|one| one.name == guest.name && one.digest == guest.digest) {
            state.guests.push(guest);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The oldest one, for whoever looks for something to give up.
    pub fn pop(&self) -> Option<Arc<Execution>> {
        self.state().waiting.pop_front()
    }

    /// How many wait, and how many were given up.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state();
        ((state.waiting.len() + state.in_flight) as u64, state.dropped)
    }

    /// How many can be popped.
    pub fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Notes that recordings were given up.
    pub fn count_dropped(&self, dropped: u64) {
        self.state().dropped += dropped;
    }

    /// The next batch: after `window` since the first execution came, at once if there is a whole
    /// batch or somebody waits for a flush. None when the queue is closed and empty.
    pub async fn take(&self, window: Duration) -> Option<Batch> {
        self.until(State::has_any).await;
        let enough = |state: &State| state.waiting.len() >= BATCH || !state.guests.is_empty();
        // Running out of time is as good as a full batch.
        tokio::time::timeout(window, self.until(enough)).await.ok();
        let mut state = self.state();
        if !state.has_any() {
            answer(&mut state, &Ok(()));
            return (!state.closed).then(Batch::default);
        }
        state.in_flight = state.waiting.len().min(BATCH);
        let length = state.in_flight;
        let executions = state.waiting.drain(..length).collect();
        Some(Batch { guests: std::mem::take(&mut state.guests), executions })
    }

    /// The batch that was taken is done with.
    pub fn done(&self) {
        let mut state = self.state();
        state.in_flight = 0;
        state.failing = None;
    }

    /// Why the latest batch could not be shipped; none if it was.
    pub fn failing(&self) -> Option<Arc<StoreError>> {
        self.state().failing.clone()
    }

    /// The batch that was taken could not be shipped: it comes first again. Returns whether the
    /// queue is closed.
    pub fn put_back(&self, batch: Batch, error: &Arc<StoreError>) -> bool {
        let mut state = self.state();
        state.in_flight = 0;
        state.failing = Some(error.clone());
        batch.executions.into_iter().rev().for_each(|execution| state.waiting.push_front(execution));
        state.guests.splice(..0, batch.guests);
        answer(&mut state, &Err(error.clone()));
        state.closed
    }

    /// Waits for `pause`, or until somebody cannot.
    pub async fn pause(&self, pause: Duration) {
        tokio::time::timeout(pause, self.until(|_| false)).await.ok();
    }

    /// Returns when nothing waits any more, or when the store refused.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(false).await
    }

    /// The same, and what is shipped then is the last: the shipper ends.
    pub async fn flush_and_close(&self) -> Result<(), StoreError> {
        self.ask(true).await
    }

    async fn ask(&self, close: bool) -> Result<(), StoreError> {
        let (sender, flushed) = oneshot::channel();
        let closed = {
            let mut state = self.state();
            state.flushes.push(sender);
            let closed = state.closed;
            state.closed |= close;
            closed
        };
        self.wake.notify_one();
        if closed {
            return Err(StoreError::Closed);
        }
        flushed.await.map_err(|_| StoreError::Closed)?.map_err(StoreError::Shipping)
    }

    /// The shipper ships what there is, once, and ends.
    pub fn close(&self) {
        self.state().closed = true;
        self.wake.notify_one();
    }

    async fn until(&self, reached: impl Fn(&State) -> bool) {
        loop {
            {
                let state = self.state();
                if state.is_urgent() || reached(&state) {
                    return;
                }
            }
            self.wake.notified().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(state: &mut State, flushed: &Flushed) {
    state.flushes.drain(..).for_each(|flush| drop(flush.send(flushed.clone())));
}

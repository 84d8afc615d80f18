//! Who is told when another process has sent to a queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

/// The workers that wait, by queue. Who is gone is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Wakers(Mutex<HashMap<String, Vec<Weak<Notify>>>>);

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Weak<Notify>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, queue: &str, wake: &Arc<Notify>) {
        self.lock().entry(queue.to_owned()).or_default().push(Arc::downgrade(wake));
    }

    pub(crate) fn wake(&self, queue: &str) {
        if let Some(waiting) = self.lock().get_mut(queue) {
            wake(waiting);
        }
    }

    /// For when it is not known what was missed.
    pub(crate) fn wake_all(&self) {
        self.lock().values_mut().for_each(wake);
    }
}

fn wake(waiting: &mut Vec<Weak<Notify>>) {
    waiting.retain(|wake| wake.upgrade().map(|wake| wake.notify_one()).is_some());
}

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct Task(tokio::task::AbortHandle);

impl Task {
    pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

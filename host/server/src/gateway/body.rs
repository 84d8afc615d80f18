//! Bodies of requests, read within their limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::refusal::Refusal;

/// What the bodies of all requests may hold together.
#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    held: AtomicUsize,
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, held: AtomicUsize::new(0) }
    }
}

impl Held {
    fn grow(&mut self, by: usize) -> bool {
        let more = |held: usize| held.checked_add(by).filter(|held| *held <= self.budget.most);
        let grown = self.budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.bytes += if grown { by } else { 0 };
        grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads bodies.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The longest body.
    pub(crate) most: usize,
    /// The longest time that one may take.
    pub(crate) time: Duration,
    /// For all bodies together.
    pub(crate) budget: Arc<Budget>,
}

impl Reader {
    /// The whole body, and what it holds of the budget.
    pub(crate) async fn read(&self, body: &mut Incoming) -> Result<(Vec<u8>, Held), Refusal> {
        // Before anything is read: a client that expects a 100 is not told to go on.
        if body.size_hint().lower() > self.most as u64 {
            return Err(too_large());
        }
        let slow = || Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request's body did not come in time");
        tokio::time::timeout(self.time, self.collect(body)).await.unwrap_or_else(|_| Err(slow()))
    }

    async fn collect(&self, body: &mut Incoming) -> Result<(Vec<u8>, Held), Refusal> {
        let mut held = Held { budget: self.budget.clone(), bytes: 0 };
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let broken = |_| Refusal::new(StatusCode::BAD_REQUEST, "the request's body broke off");
            // Trailers are passed over.
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            if bytes.len() + data.len() > self.most {
                return Err(too_large());
            }
            if !held.grow(data.len()) {
                let why = "the bodies of running requests have used up their memory: try again";
                return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why));
            }
            bytes.extend_from_slice(&data);
        }
        Ok((bytes, held))
    }
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is over its limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_given_back() {
        let budget = Arc::new(Budget::new(10));
        let held = || Held { budget: budget.clone(), bytes: 0 };
        let (mut one, mut other) = (held(), held());
        assert!(one.grow(6) && other.grow(4) && !other.grow(1) && !one.grow(usize::MAX));
        drop(one);
        assert!(other.grow(6) && !other.grow(1));
        drop(other);
        assert!(held().grow(10));
    }
}

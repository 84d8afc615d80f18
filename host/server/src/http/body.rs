//! Bodies: a request's, read within its limits, and a response's, in parts.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::activity::Activity;
use super::request::Refusal;

/// A response's body goes out in parts of this size, so that it shows whether the client reads.
const PART: usize = 64 << 10;

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
                let why = "the bodies of requests hold as much as they may: try again";
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

/// The body of an answer, all of which is here.
pub(crate) struct Whole {
    left: Bytes,
    activity: Option<Arc<Activity>>,
    // HTTP/1.1 writes a length of the guest's own only beside a body whose length it does not know.
    is_unsized: bool,
}

impl Whole {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self { left: bytes.into(), activity: None, is_unsized: false }
    }

    /// Nothing, without saying so.
    pub(crate) fn unsized_and_empty() -> Self {
        Self { is_unsized: true, ..Self::new(Bytes::new()) }
    }

    pub(crate) fn len(&self) -> usize {
        self.left.len()
    }

    /// Counts its parts.
    pub(crate) fn watched(self, activity: Arc<Activity>) -> Self {
        Self { activity: Some(activity), ..self }
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(activity) = &self.activity {
            activity.advance();
        }
        let length = self.left.len().min(PART);
        let part = self.left.split_to(length);
        Poll::Ready((!part.is_empty()).then(|| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.is_unsized
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_unsized { SizeHint::default() } else { SizeHint::with_exact(self.left.len() as u64) }
    }
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

    #[tokio::test]
    async fn a_long_body_goes_out_in_parts_and_whole() {
        let bytes: Vec<u8> = (0..PART * 2 + 1).map(|index| index as u8).collect();
        let mut body = Whole::new(bytes.clone());
        let mut parts = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            parts.push(frame.into_data().expect("data"));
        }
        assert_eq!(parts.iter().map(Bytes::len).collect::<Vec<_>>(), [PART, PART, 1]);
        assert_eq!(parts.concat(), bytes);
    }
}

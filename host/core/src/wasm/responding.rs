//! A response on its way out of a `wasi:http` guest, which may be complete before the guest is over.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use tokio::task::unconstrained;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use crate::bindings::exports::flux::host::http_handler::Response;

/// A response, and the body that nobody will see: of a HEAD, a 204, a 304.
pub(crate) type Collected = wasmtime::Result<(Response, Option<HyperOutgoingBody>)>;

/// A response on its way out of the guest. The call that runs the guest reads it, and so do the host's
/// functions, which must know when it is complete.
#[derive(Clone)]
pub(crate) struct Responding(Arc<Mutex<Reading>>);

struct Reading {
    // None: it was read.
    future: Option<Pin<Box<dyn Future<Output = Collected> + Send>>>,
    done: Option<wasmtime::Result<Response>>,
    rest: Option<HyperOutgoingBody>,
}

impl Responding {
    pub fn new(future: impl Future<Output = Collected> + Send + 'static) -> Self {
        // Outside of tokio's budget: what the guest has written is read, however much it is.
        let future = Some(Box::pin(unconstrained(future)) as _);
        Self(Arc::new(Mutex::new(Reading { future, done: None, rest: None })))
    }

    /// Runs the guest, and reads what it writes: it may write its body only after it set the response.
    pub async fn beside(&self, call: impl Future<Output = wasmtime::Result<()>>) -> wasmtime::Result<()> {
        let mut call = pin!(call);
        std::future::poll_fn(|context| {
            let called = call.as_mut().poll(context);
            if called.is_pending() {
                self.reading().read(context);
            }
            called
        })
        .await
    }

    /// The response, if all of it is there.
    pub fn take(&self) -> Option<wasmtime::Result<Response>> {
        let mut reading = self.reading();
        reading.read(&mut Context::from_waker(std::task::Waker::noop()));
        reading.done.take()
    }

    /// The response, if it is complete, and one.
    pub fn take_complete(&self) -> Option<Response> {
        let mut reading = self.reading();
        reading.read(&mut Context::from_waker(std::task::Waker::noop()));
        match reading.done.take() {
            Some(Ok(response)) => Some(response),
            other => {
                reading.done = other;
                None
            }
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn read(&mut self, context: &mut Context<'_>) {
        if let Some(future) = &mut self.future
            && let Poll::Ready(collected) = future.as_mut().poll(context)
        {
            self.future = None;
            self.done = Some(collected.map(|(response, rest)| {
                self.rest = rest;
                response
            }));
        }
        // A guest that goes on to write a body that is not sent must not notice.
        while let Some(rest) = &mut self.rest {
            match pin!(unconstrained(rest.frame())).poll(context) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => self.rest = None,
            }
        }
    }
}

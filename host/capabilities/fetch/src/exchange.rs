//! One exchange: redirects, the response and its body, within the limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flux_host::bindings::flux::host::fetch::{Error, Response};
use flux_host::{header_text, is_of_the_connection};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy;

use crate::client::Client;
use crate::connection::{answered, was_used};
use crate::failure::{broken, ended_early, unanswered, was_not_processed};
use crate::options::FetchOptions;
use crate::placeholder::FetchSecrets;
use crate::request::{Manner, Outbound, size};

/// How often a request that the server did not process is sent again.
const AGAIN: usize = 2;

/// What sends requests: the client, and what an app allows it.
pub(crate) struct Exchanger {
    pub client: Client,
    pub options: Arc<FetchOptions>,
    pub secrets: FetchSecrets,
}

impl Exchanger {
    /// Sends a request, follows its redirects and collects the response. `named` are its secrets.
    pub(crate) async fn exchange(
        &self,
        mut outbound: Outbound,
        named: &[(String, String)],
        budget: &Budget,
    ) -> Result<Response, Error> {
        let mut share = budget.share();
        share.take(outbound.body.len())?;
        let most = self.options.max_redirects;
        for _ in 0..=most {
            let response = self.response(&outbound).await?;
            if !outbound.follow(&response, &self.options)? {
                let response = collect(response, outbound.manner, &self.options, &mut share).await?;
                share.keep();
                return Ok(response);
            }
            self.secrets.may_stand_in(&outbound.url, named)?;
        }
        Err(Error::Protocol(format!("more than {}", flux_host::count(most, "redirect"))))
    }

    /// The response to one request, whose body is still to come. The client itself sends a request again
    /// on another connection if nothing of it was written; here it is sent again if the server says
    /// that it did not process it, or if it may be repeated and the server closed a connection that was
    /// waiting for it.
    async fn response(&self, outbound: &Outbound) -> Result<http::Response<Incoming>, Error> {
        let mut left = AGAIN;
        loop {
            match self.client.request(outbound.request()).await {
                Ok(response) => {
                    answered(response.extensions());
                    return Ok(response);
                }
                Err(error) if left > 0 && was_not_processed(&error) => left -= 1,
                Err(error) if left > 0 && outbound.method.is_idempotent() && closed_idle(&error) => left = 0,
                Err(error) => return Err(unanswered(&error)),
            }
        }
    }
}

/// Whether a connection that had answered before ended instead of answering.
fn closed_idle(error: &legacy::Error) -> bool {
    ended_early(error) && error.connect_info().is_some_and(was_used)
}

async fn collect(
    mut response: http::Response<Incoming>,
    manner: Manner,
    options: &FetchOptions,
    share: &mut Share<'_>,
) -> Result<Response, Error> {
    if size(response.headers()) > options.max_headers {
        return Err(Error::TooLarge);
    }
    let status = response.status().as_u16();
    let headers = texts(response.headers(), manner)?;
    let mut body = Vec::new();
    // What it says about its length is no promise: every chunk is counted.
    while let Some(frame) = response.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        // Trailers have no place in the contract.
        let Ok(chunk) = frame.into_data() else { continue };
        if body.len() + chunk.len() > options.max_response {
            return Err(Error::TooLarge);
        }
        share.take(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

/// Names are in lower case. The contract has texts: a value that is none is refused, and not altered;
/// `wasi:http` has bytes, so an exact answer keeps them (see [`header_text`]).
fn texts(headers: &HeaderMap, manner: Manner) -> Result<Vec<(String, String)>, Error> {
    let of_the_message = headers.iter().filter(|(name, _)| !is_of_the_connection(name.as_str()));
    let texts = of_the_message.map(|(name, value)| {
        let text = match (manner, str::from_utf8(value.as_bytes())) {
            (_, Ok(text)) => text.to_owned(),
            (Manner::Exact, Err(_)) => header_text(value.as_bytes()),
            (Manner::Usual, Err(_)) => {
                return Err(Error::Protocol(format!(
                    "the value of the header {name} is not UTF-8; hint: wasi:http has bytes in its headers"
                )));
            }
        };
        Ok((name.as_str().to_owned(), text))
    });
    texts.collect()
}

/// The bytes that the bodies of one call may still have together.
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    /// Bodies of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    fn share(&self) -> Share<'_> {
        Share { budget: self, taken: 0 }
    }
}

/// What one exchange took of a budget. It is given back with an exchange that fails or is dropped.
struct Share<'a> {
    budget: &'a Budget,
    taken: usize,
}

impl Share<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), Error> {
        let take = |left: usize| left.checked_sub(bytes);
        let taken = self.budget.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map_err(|_| Error::TooLarge)?;
        self.taken += bytes;
        Ok(())
    }

    fn keep(mut self) {
        self.taken = 0;
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.taken, Ordering::Relaxed);
    }
}

//! One exchange: redirects, the response and its body, within the limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flux_host::bindings::flux::host::fetch::{Error, Response};
use flux_host::is_of_the_connection;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use crate::Inner;
use crate::failure::failure;
use crate::options::FetchOptions;
use crate::request::{Outbound, size};
use crate::resolver::Judged;

/// How many connections to one host wait for another request.
const IDLE_PER_HOST: usize = 32;

/// The client's settings.
pub(crate) fn client(options: &Arc<FetchOptions>) -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .dns_resolver(Judged(Arc::clone(options)))
        // More than what is allowed, which is counted afterwards: of what the protocol itself refuses,
        // nobody learns that it was too large.
        .http2_max_header_list_size(options.max_headers.saturating_mul(4).try_into().unwrap_or(u32::MAX))
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .referer(false)
        .no_proxy()
}

impl Inner {
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
            let response = self.client.execute(outbound.request()).await.map_err(failure)?;
            if most == 0 || !outbound.follow(&response, &self.options)? {
                let response = collect(response, &self.options, &mut share).await?;
                share.keep();
                return Ok(response);
            }
            self.secrets.may_stand_in(&outbound.url, named)?;
        }
        Err(Error::Protocol(format!("more than {most} redirects")))
    }
}

async fn collect(
    mut response: reqwest::Response,
    options: &FetchOptions,
    share: &mut Share<'_>,
) -> Result<Response, Error> {
    if size(response.headers()) > options.max_headers {
        return Err(Error::TooLarge);
    }
    let status = response.status().as_u16();
    let headers = texts(response.headers());
    let mut body = Vec::new();
    // What it says about its length is no promise: every chunk is counted.
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > options.max_response {
            return Err(Error::TooLarge);
        }
        share.take(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

/// Names are in lower case. A value that is not UTF-8 has U+FFFD where it is not: the contract has
/// texts, and such values are rare and never meant for a program.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let of_the_message = headers.iter().filter(|(name, _)| !is_of_the_connection(name.as_str()));
    of_the_message.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
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

//! One exchange: redirects, the response and its body.

use std::sync::Arc;

use flux_host::bindings::flux::host::fetch::{Error, Response};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, ClientBuilder, Request};

use crate::FetchOptions;
use crate::failure::{Refused, failure};
use crate::request::{has_user, is_of_the_connection};

/// The client's settings. To judge the addresses behind a name, give it a `dns_resolver` here;
/// addresses that stand in the URL itself pass [`FetchOptions::check`].
pub(crate) fn client(options: &Arc<FetchOptions>) -> ClientBuilder {
    let options = Arc::clone(options);
    let policy = Policy::custom(move |attempt| redirect(&options, attempt));
    Client::builder().redirect(policy).referer(false).no_proxy()
}

fn redirect(options: &FetchOptions, attempt: Attempt<'_>) -> Action {
    let most = options.max_redirects;
    if most == 0 {
        return attempt.stop();
    }
    if attempt.previous().len() > most {
        return attempt.error(Refused(Error::Protocol(format!("more than {most} redirects"))));
    }
    if has_user(attempt.url()) {
        return attempt.error(Refused(Error::Protocol("a redirect names a user".to_owned())));
    }
    match options.check(attempt.url()) {
        Ok(()) => attempt.follow(),
        Err(denied) => attempt.error(Refused(denied)),
    }
}

/// Sends a request that was checked and collects the response.
pub(crate) async fn exchange(client: &Client, request: Request, limit: usize) -> Result<Response, Error> {
    let mut response = client.execute(request).await.map_err(failure)?;
    let status = response.status().as_u16();
    let headers = texts(response.headers());
    let mut body = Vec::new();
    // What it says about its length is no promise: every chunk is counted.
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

/// Names are in lower case. A value that is not UTF-8 has U+FFFD where it is not: the contract has
/// texts, and such values are rare and never meant for a program.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let of_the_message = headers.iter().filter(|(name, _)| !is_of_the_connection(name));
    of_the_message.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

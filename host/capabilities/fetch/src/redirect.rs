//! Redirects. They are followed here and not by the client, so that each is judged like a first request,
//! and so that it is certain what goes with it to another host.

use flux_host::bindings::flux::host::fetch::Error;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, COOKIE, HeaderMap,
    HeaderName, HeaderValue, LOCATION,
};
use http::{Method, Response, StatusCode};
use url::Url;

use crate::options::{FetchOptions, Redirect, place};
use crate::request::{Manner, Outbound, has_user, target};

const OF_THE_BODY: [HeaderName; 4] = [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE];
const OF_THE_HOST: [HeaderName; 2] = [AUTHORIZATION, COOKIE];

impl Outbound {
    /// Becomes the request that a redirect asks for; false if the response is for the guest.
    pub fn follow<B>(&mut self, response: &Response<B>, options: &FetchOptions) -> Result<bool, Error> {
        if self.manner == Manner::Exact || options.redirect == Redirect::Manual || options.max_redirects == 0
        {
            return Ok(false);
        }
        let status = response.status();
        let Some(url) = is_redirect(status).then(|| self.location(response.headers())).flatten() else {
            return Ok(false);
        };
        if options.redirect == Redirect::Error {
            return Err(Error::Protocol(format!(
                "a redirect to '{}'; hint: ask there, or set redirect = \"follow\" under [fetch]",
                place(&url)
            )));
        }
        check(&url, options)?;
        if becomes_get(status, &self.method) {
            self.method = Method::GET;
            self.body.clear();
            self.secret_body = false;
            self.says_length = false;
            OF_THE_BODY.iter().for_each(|name| drop(self.headers.remove(name)));
        }
        if url.origin() != self.url.origin() {
            self.leave_behind(&url)?;
        }
        self.target = target(&url)?;
        self.url = url;
        Ok(true)
    }

    /// A Location that cannot be read is left to the guest, with its response.
    fn location(&self, headers: &HeaderMap) -> Option<Url> {
        let location = std::str::from_utf8(headers.get(LOCATION)?.as_bytes()).ok()?;
        self.url.join(location).ok()
    }

    /// What was for one host only does not go to another, not even if the next redirect leads back.
    fn leave_behind(&mut self, url: &Url) -> Result<(), Error> {
        if self.secret_body {
            return Err(Error::Denied(format!(
                "a redirect to '{}' would take along the secret in the body; hint: ask that host itself",
                place(url)
            )));
        }
        let names = self.headers.keys();
        let secret = |name: &&HeaderName| self.headers.get_all(*name).iter().any(HeaderValue::is_sensitive);
        let left: Vec<_> = names.filter(|name| OF_THE_HOST.contains(name) || secret(name)).cloned().collect();
        left.iter().for_each(|name| drop(self.headers.remove(name)));
        Ok(())
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// 303 says so, and of 301 and 302 it is what clients have always done with a POST.
fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::SEE_OTHER => method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
        _ => false,
    }
}

fn check(url: &Url, options: &FetchOptions) -> Result<(), Error> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Protocol(format!("a redirect leads to {}, not http or https", url.scheme())));
    }
    if has_user(url) {
        return Err(Error::Protocol("a redirect names a user".to_owned()));
    }
    options.check(url)
}

//! What `[fetch]` of flux.toml says.

use std::time::Duration;

use flux_host::bindings::flux::host::fetch::Error;
use url::Url;

use crate::host::HostPattern;
use crate::private::PrivatePattern;
use crate::resolver::Resolver;

/// The code of a host that is not allowed: docs/errors has its page.
pub(crate) const HOST_DENIED: &str = "FLX0502";

/// What a guest may fetch, and how much of it.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// The hosts; none: nothing is allowed.
    pub allow: Vec<HostPattern>,
    /// The addresses outside the public internet that names may lead to. Those that stand in `allow`
    /// themselves are allowed, and so is this machine as `localhost`.
    pub allow_private: Vec<PrivatePattern>,
    /// The hosts that get secrets in bodies too. A body often has text from outside, and such text
    /// could name a secret; so these are hosts whose bodies have none, such as those that give tokens.
    pub secrets_in_body: Vec<HostPattern>,
    /// The longest exchange, redirects and body included. A request may ask for less.
    pub timeout: Duration,
    /// The longest request body, in bytes.
    pub max_request: usize,
    /// The longest response body, in bytes.
    pub max_response: usize,
    /// The most bytes of headers, names and values, in either direction; the URL counts as one.
    pub max_headers: usize,
    /// What becomes of a redirect. The requests of `wasi:http` never follow one.
    pub redirect: Redirect,
    /// The most redirects that are followed. 0: a redirect is a response like others.
    pub max_redirects: usize,
    /// How many requests of one `send-all` are under way at once.
    pub max_concurrent: usize,
    /// How many requests one `send-all` may have; those beyond are too large.
    pub max_requests: usize,
    /// The most bytes of all bodies of one `send-all`, requests and responses.
    pub max_total: usize,
    /// Root certificates that are trusted besides this machine's, as PEM.
    pub roots: Option<String>,
    /// What looks names up.
    pub resolver: Resolver,
}

/// What becomes of a redirect that `fetch` is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirect {
    /// It is followed.
    #[default]
    Follow,
    /// It is a response like others.
    Manual,
    /// It is an error.
    Error,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            allow_private: Vec::new(),
            secrets_in_body: Vec::new(),
            timeout: Duration::from_secs(30),
            max_request: 16 << 20,
            max_response: 16 << 20,
            max_headers: 64 << 10,
            redirect: Redirect::Follow,
            max_redirects: 10,
            max_concurrent: 16,
            max_requests: 256,
            max_total: 64 << 20,
            roots: None,
            resolver: Resolver::default(),
        }
    }
}

impl FetchOptions {
    /// Whether a URL may be reached; asked again at every redirect. An address in a URL is allowed by
    /// no pattern but its own, so it needs no more; what a name leads to is judged by the resolver.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Error> {
        if self.allow.iter().any(|pattern| pattern.allows(url)) {
            return Ok(());
        }
        let (place, entry) = (place(url), entry(url));
        Err(Error::Denied(format!(
            "host '{place}' is not in flux.toml [{HOST_DENIED}]; hint: add \"{entry}\" to allow under [fetch]"
        )))
    }
}

/// Host and port of a URL.
pub(crate) fn place(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// The shortest pattern that allows a URL.
pub(crate) fn entry(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
}

//! The `fetch` capability: outgoing HTTP/1.1 and HTTP/2, to the hosts that flux.toml allows.
//!
//! A host that flux.toml does not name is denied, with the entry that would allow it, at the first
//! request as at every redirect. Nothing is added to what the guest asks: no cookies, no decompression,
//! no proxy of the environment, no Referer; only `accept: */*` where it names no other.
//!
//! What a name resolves to is not judged yet: a name that is allowed may lead to a private address.

mod exchange;
mod failure;
mod host;
mod request;
mod view;

use std::sync::Arc;
use std::time::Duration;

use flux_host::Capability;
use flux_host::bindings::flux::host::fetch::{Error, Request, Response};
use flux_host::wasm::State;
use url::Url;
use wasmtime::component::Linker;

pub use host::{HostPattern, HostPatternError};
pub use view::View;

/// What a guest may fetch, and how much of it.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// The hosts; none: nothing is allowed.
    pub allow: Vec<HostPattern>,
    /// The longest exchange, redirects and body included. A request may ask for less.
    pub timeout: Duration,
    /// The longest request body, in bytes.
    pub max_request: usize,
    /// The longest response body, in bytes.
    pub max_response: usize,
    /// The most redirects that are followed. 0: a redirect is a response like others.
    pub max_redirects: usize,
    /// How many requests of one `send-all` are under way at once.
    pub max_concurrent: usize,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            timeout: Duration::from_secs(30),
            max_request: 16 << 20,
            max_response: 16 << 20,
            max_redirects: 10,
            max_concurrent: 16,
        }
    }
}

/// There is no HTTP client here.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made")]
pub struct ClientError(#[from] reqwest::Error);

/// Outgoing HTTP of an app.
pub struct Fetch {
    client: reqwest::Client,
    options: Arc<FetchOptions>,
    // Why this machine has no root certificates: without them https fails, and http does not.
    no_roots: Option<String>,
}

impl Fetch {
    /// A client with its own pool of connections.
    pub fn new(options: FetchOptions) -> Result<Self, ClientError> {
        let options = Arc::new(options);
        let (client, no_roots) = match exchange::client(&options).build() {
            Ok(client) => (client, None),
            Err(error) => {
                let client = exchange::client(&options).tls_certs_only([]).build()?;
                (client, Some(failure::cause(&error)))
            }
        };
        Ok(Self { client, options, no_roots })
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        let timeout = self.options.timeout;
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let timeout = asked.map_or(timeout, |asked| asked.min(timeout));
        let request = request::checked(request, &self.options)?;
        let exchange = exchange::exchange(&self.client, request, self.options.max_response);
        let answer = tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(Error::Timeout));
        match (answer, &self.no_roots) {
            (Err(Error::Tls(text)), Some(why)) => {
                Err(Error::Tls(format!("{text}; this machine has no root certificates: {why}")))
            }
            (answer, _) => answer,
        }
    }
}

impl FetchOptions {
    /// Whether a URL may be reached; asked again at every redirect.
    fn check(&self, url: &Url) -> Result<(), Error> {
        if self.allow.iter().any(|pattern| pattern.allows(url)) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let entry = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        Err(Error::Denied(format!(
            "host '{host}:{port}' is not in flux.toml; hint: add \"{entry}\" to allow under [fetch]"
        )))
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Capability for Fetch {
    type Held = ();
    const INTERFACE: &'static str = "fetch";

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

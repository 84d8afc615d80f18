//! The `fetch` capability: outgoing HTTP/1.1 and HTTP/2, to the hosts that flux.toml allows.
//!
//! A host that flux.toml does not name is denied, with the entry that would allow it, at the first
//! request as at every redirect; and so is a name that leads to an address outside the public internet.
//! Nothing is added to what the guest asks: no cookies, no decompression, no proxy of the environment,
//! no Referer; only `accept: */*` where it names no other, and secrets by placeholder.
//!
//! docs/fetch.md is the page for those who use it.

mod address;
mod exchange;
mod failure;
mod host;
mod options;
mod placeholder;
mod private;
mod redirect;
mod request;
mod resolver;
mod view;

use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::flux::host::fetch::{Error, Request, Response};
use flux_host::wasm::State;
use flux_host::{Capability, Outgoing, Secrets};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{Certificate, Client};
use wasmtime::component::Linker;

use crate::exchange::Budget;
use crate::placeholder::FetchSecrets;
use crate::request::Outbound;

pub use address::AddressKind;
pub use host::{HostPattern, HostPatternError};
pub use options::FetchOptions;
pub use private::{PrivatePattern, PrivatePatternError};
pub use resolver::Resolver;
pub use view::{View, reveal};

/// Why an app cannot fetch.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no HTTP client here.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// The additional root certificates are none.
    #[error("the root certificates cannot be read; hint: they are a file in PEM format")]
    Roots(#[source] reqwest::Error),
    /// A secret is for what is no host.
    #[error("the hosts of secret '{name}'")]
    SecretHost {
        /// The secret.
        name: String,
        /// Why.
        source: HostPatternError,
    },
}

/// Outgoing HTTP of an app. Its clones are the same, with one pool of connections.
#[derive(Clone)]
pub struct Fetch(Arc<Inner>);

struct Inner {
    client: Client,
    options: Arc<FetchOptions>,
    secrets: FetchSecrets,
    // Why this machine has no root certificates: without them https fails, and http does not.
    no_roots: Option<String>,
}

impl Fetch {
    /// A client with its own pool of connections, and the secrets that requests may name.
    pub fn new(options: FetchOptions, secrets: Arc<Secrets>) -> Result<Self, FetchError> {
        let options = Arc::new(options);
        let secrets = FetchSecrets::new(&secrets)?;
        let roots = Certificate::from_pem_bundle(options.roots.as_deref().unwrap_or_default().as_bytes());
        let roots = roots.map_err(FetchError::Roots)?;
        let (client, no_roots) = match exchange::client(&options).tls_certs_merge(roots.clone()).build() {
            Ok(client) => (client, None),
            Err(error) => {
                let client = exchange::client(&options).tls_certs_only(roots).build();
                (client.map_err(FetchError::Client)?, Some(failure::cause(&error)))
            }
        };
        Ok(Self(Arc::new(Inner { client, options, secrets, no_roots })))
    }

    pub(crate) fn options(&self) -> &FetchOptions {
        &self.0.options
    }

    /// Sends one request. Neither response nor error has a secret that the request has by placeholder.
    pub(crate) async fn answer(&self, request: Request, budget: &Budget) -> Result<Response, Error> {
        let secrets = self.0.secrets.sent(&request);
        let timeout = self.0.options.timeout;
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let timeout = asked.map_or(timeout, |asked| asked.min(timeout));
        let exchange = tokio::time::timeout(timeout, self.exchange(request, &secrets, budget));
        let mut answer = exchange.await.unwrap_or(Err(Error::Timeout));
        placeholder::hide(&secrets, &mut answer);
        answer
    }

    async fn exchange(
        &self,
        request: Request,
        named: &[(String, String)],
        budget: &Budget,
    ) -> Result<Response, Error> {
        let outbound = Outbound::new(request, &self.0.options, &self.0.secrets)?;
        match (self.0.exchange(outbound, named, budget).await, &self.0.no_roots) {
            (Err(Error::Tls(text)), Some(why)) => {
                Err(Error::Tls(format!("{text}; this machine has no root certificates: {why}")))
            }
            (answer, _) => answer,
        }
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch").field("options", &self.0.options).finish_non_exhaustive()
    }
}

impl Outgoing for Fetch {
    fn secrets(&self, request: &Request) -> Vec<(String, String)> {
        self.0.secrets.of(request)
    }

    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        let fetch = self.clone();
        async move { fetch.answer(request, &Budget::new(usize::MAX)).await }.boxed()
    }
}

impl Capability for Fetch {
    type Held = ();
    const INTERFACE: &'static str = "fetch";

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

//! The `fetch` capability: outgoing HTTP/1.1 and HTTP/2, to the hosts that flux.toml allows.
//!
//! A host that flux.toml does not name is denied, with the entry that would allow it, at the first
//! request as at every redirect; and so is a name that leads to an address outside the public internet.
//! Nothing is added to what the guest asks: no cookies, no decompression, no proxy of the environment,
//! no Referer; only `accept: */*` where it names no other, and secrets by placeholder. Requests of
//! `wasi:http` are sent exactly as they are: no `accept`, and no redirect is followed.
//!
//! docs/fetch.md is the page for those who use it.

mod address;
mod client;
mod connection;
mod exchange;
mod failure;
mod host;
mod options;
mod placeholder;
mod private;
mod redirect;
mod request;
mod resolver;
mod section;
mod view;

use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::flux::host::fetch::{Error, Request, Response};
use flux_host::wasm::State;
use flux_host::{Capability, Outgoing, Secrets};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use wasmtime::component::Linker;

use crate::client::Client;
use crate::exchange::Budget;
use crate::placeholder::FetchSecrets;
use crate::request::{Manner, Outbound};

pub use address::AddressKind;
pub use host::{HostPattern, HostPatternError};
pub use options::{FetchOptions, Redirect};
pub use private::{PrivatePattern, PrivatePatternError};
pub use resolver::Resolver;
pub use section::{FetchSection, FetchTable, RedirectConfig};
pub use view::{View, start};

/// Why an app cannot fetch.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no TLS here.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The additional root certificates are none.
    #[error("the root certificates cannot be read; hint: they are a file in PEM format")]
    Roots(#[from] rustls::pki_types::pem::Error),
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
        let (client, no_roots) = client::client(&options)?;
        Ok(Self(Arc::new(Inner { client, options, secrets, no_roots })))
    }

    pub(crate) fn options(&self) -> &FetchOptions {
        &self.0.options
    }

    /// Sends one request of `flux:host/fetch`. Neither response nor error has a secret that the request
    /// has by placeholder.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        self.answer(request, Manner::Usual, &Budget::new(usize::MAX)).await
    }

    pub(crate) async fn answer(
        &self,
        request: Request,
        manner: Manner,
        budget: &Budget,
    ) -> Result<Response, Error> {
        let secrets = self.0.secrets.sent(&request);
        let timeout = self.0.options.timeout;
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let timeout = asked.map_or(timeout, |asked| asked.min(timeout));
        let exchange = tokio::time::timeout(timeout, self.exchange(request, manner, &secrets, budget));
        let mut answer = exchange.await.unwrap_or(Err(Error::Timeout));
        placeholder::hide(&secrets, &mut answer);
        answer
    }

    async fn exchange(
        &self,
        request: Request,
        manner: Manner,
        named: &[(String, String)],
        budget: &Budget,
    ) -> Result<Response, Error> {
        let outbound = Outbound::new(request, manner, &self.0.options, &self.0.secrets)?;
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

    fn send_exactly(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        let fetch = self.clone();
        async move { fetch.answer(request, Manner::Exact, &Budget::new(usize::MAX)).await }.boxed()
    }
}

impl Capability for Fetch {
    type Section = FetchSection;
    type Held = ();
    const INTERFACE: &'static str = "fetch";

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}

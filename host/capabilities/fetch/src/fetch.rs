//! Outgoing HTTP of an app: one request, within its time, with its secrets.

use std::sync::Arc;
use std::time::Duration;

use flux_host::bindings::flux::host::fetch::{Error, Request, Response};
use flux_host::{Outgoing, Secrets};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::client::client;
use crate::error::FetchError;
use crate::exchange::{Budget, Exchanger};
use crate::options::FetchOptions;
use crate::placeholder::{FetchSecrets, hide};
use crate::request::{Manner, Outbound};

/// Outgoing HTTP of an app. Its clones are the same, with one pool of connections.
#[derive(Clone)]
pub struct Fetch(Arc<Inner>);

struct Inner {
    exchanger: Exchanger,
    // Why this machine has no root certificates: without them https fails, and http does not.
    no_roots: Option<String>,
}

impl Fetch {
    /// A client with its own pool of connections, and the secrets that requests may name.
    pub fn new(options: FetchOptions, secrets: Arc<Secrets>) -> Result<Self, FetchError> {
        let options = Arc::new(options);
        let secrets = FetchSecrets::new(&secrets)?;
        let (client, no_roots) = client(&options)?;
        Ok(Self(Arc::new(Inner { exchanger: Exchanger { client, options, secrets }, no_roots })))
    }

    pub(crate) fn options(&self) -> &FetchOptions {
        &self.0.exchanger.options
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
        let secrets = self.0.exchanger.secrets.sent(&request);
        let timeout = self.0.exchanger.options.timeout;
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let timeout = asked.map_or(timeout, |asked| asked.min(timeout));
        let exchange = tokio::time::timeout(timeout, self.exchange(request, manner, &secrets, budget));
        let mut answer = exchange.await.unwrap_or(Err(Error::Timeout));
        hide(&secrets, &mut answer);
        answer
    }

    async fn exchange(
        &self,
        request: Request,
        manner: Manner,
        named: &[(String, String)],
        budget: &Budget,
    ) -> Result<Response, Error> {
        let outbound = Outbound::new(request, manner, &self.0.exchanger.options, &self.0.exchanger.secrets)?;
        match (self.0.exchanger.exchange(outbound, named, budget).await, &self.0.no_roots) {
            (Err(Error::Tls(text)), Some(why)) => {
                Err(Error::Tls(format!("{text}; this machine has no root certificates: {why}")))
            }
            (answer, _) => answer,
        }
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch").field("options", &self.0.exchanger.options).finish_non_exhaustive()
    }
}

impl Outgoing for Fetch {
    fn secrets(&self, request: &Request) -> Vec<(String, String)> {
        self.0.exchanger.secrets.of(request)
    }

    fn send_exactly(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        let fetch = self.clone();
        async move { fetch.answer(request, Manner::Exact, &Budget::new(usize::MAX)).await }.boxed()
    }
}

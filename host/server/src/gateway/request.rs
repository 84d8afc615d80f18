//! The layers that a request passes, in their order.

use std::sync::Arc;
use std::time::Duration;

use flux_host::{Guest, Input};
use http::StatusCode;
use http::request::Parts;
use hyper::body::Incoming;

use super::body::{Budget, Held, Reader};
use super::execute::{Gateway, NotExecuted};
use super::head::{checked, text_only, to_guest};
use super::line;
use super::refusal::Refusal;
use super::router::Routes;
use crate::ServerError;

/// What requests need on their way to a guest.
pub(crate) struct Requests {
    gateway: Gateway,
    routes: Routes,
    reader: Reader,
    max_headers: usize,
}

/// A request that a guest is to answer.
pub(crate) struct Admitted {
    pub(crate) route: String,
    pub(crate) guest: Arc<dyn Guest>,
    pub(crate) input: Input,
    /// Until the guest has answered, its request is in memory.
    pub(crate) held: Held,
}

impl Requests {
    /// Reads the routes of flux.toml: one that cannot be used is reported before anything runs.
    pub(crate) fn new(gateway: Gateway) -> Result<Self, ServerError> {
        let http = &gateway.app().project().config.http;
        // One body of the longest kind has to fit.
        let budget = Arc::new(Budget::new(http.max_bodies.max(http.max_body)));
        let reader = Reader { most: http.max_body, time: Duration::from_millis(http.body_ms), budget };
        let (routes, max_headers) = (Routes::new(&http.routes)?, http.max_headers);
        Ok(Self { gateway, routes, reader, max_headers })
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Every method that some path has: the answer to `OPTIONS *`.
    pub(crate) fn methods(&self) -> String {
        self.routes.methods()
    }

    /// Passes a request through the layers; none: it asks about the server as a whole (`OPTIONS *`). What is refused is
    /// refused as early as can be, so that it costs nothing.
    pub(crate) async fn admit(
        &self,
        head: &mut Parts,
        body: &mut Incoming,
    ) -> Result<Option<Admitted>, Refusal> {
        let admitted = self.pass(head, body).await;
        admitted.inspect_err(|refusal| line::refused(head, refusal))
    }

    async fn pass(&self, head: &mut Parts, body: &mut Incoming) -> Result<Option<Admitted>, Refusal> {
        checked(head, self.max_headers)?;
        if head.uri.path() == "*" {
            return Ok(None);
        }
        let found = self.routes.find(&head.method, head.uri.path())?;
        let route = &self.gateway.app().project().config.http.routes[found.route];
        let guest = self.gateway.guest(&route.guest).map_err(unavailable)?;
        if !guest.takes_bytes() {
            text_only(&head.headers)?;
        }
        let params = found.params(guest.takes_bytes())?;
        let (bytes, held) = self.reader.read(body).await?;
        let input = Input::Http(to_guest(head, params, bytes));
        Ok(Some(Admitted { route: route.route.clone(), guest, input, held }))
    }
}

fn unavailable(error: NotExecuted) -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
}

//! The judgement of addresses: what the client connects to is what was judged.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use flux_host::bindings::flux::host::fetch::Error;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use crate::address::AddressKind;
use crate::failure::Refused;
use crate::options::{FetchOptions, HOST_DENIED};
use crate::private::PrivatePattern;

/// The client's resolver. It asks once for each connection and gives on only what may be reached, so no
/// second look-up can answer otherwise. Addresses that stand in a URL do not come here: `allow` has them.
#[derive(Clone)]
pub(crate) struct Judged(pub Arc<FetchOptions>);

impl Service<Name> for Judged {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Refused;
    type Future = BoxFuture<'static, Result<Self::Response, Refused>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let options = Arc::clone(&self.0);
        let look_up = async move {
            let addresses = options.resolver.addresses(name.as_str()).await;
            let addresses = addresses.map_err(|error| Refused(Error::Dns(error.to_string())))?;
            let judged = options.reachable(name.as_str(), addresses).map_err(Refused)?;
            // The client puts the port of the URL in place of 0.
            let addresses: Vec<_> = judged.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(addresses.into_iter())
        };
        look_up.boxed()
    }
}

impl FetchOptions {
    /// The addresses of a name that may be reached, or why there is none.
    fn reachable(&self, name: &str, mut addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Error> {
        let mut denied = None;
        addresses.retain(|address| {
            let refused = self.refused(name, *address);
            denied = denied.take().or(refused.map(|kind| (*address, kind)));
            refused.is_none()
        });
        match denied {
            Some((address, kind)) if addresses.is_empty() => Err(denied_address(name, address, kind)),
            None if addresses.is_empty() => Err(Error::Dns("the name has no address".to_owned())),
            _ => Ok(addresses),
        }
    }

    fn refused(&self, name: &str, address: IpAddr) -> Option<AddressKind> {
        let kind = AddressKind::of(address)?;
        // No entry of `allow` but one that says localhost leads a URL to these names.
        let local = name == "localhost" || name.ends_with(".localhost");
        let allowed = (local && kind == AddressKind::Loopback)
            || self.allow_private.iter().any(|pattern| pattern.allows(name, address, kind));
        (!allowed).then_some(kind)
    }
}

fn denied_address(name: &str, address: IpAddr, kind: AddressKind) -> Error {
    let entry = PrivatePattern::entry(name, address, kind);
    Error::Denied(format!(
        "host '{name}' leads to {kind} [{HOST_DENIED}]; hint: add \"{entry}\" to allow-private under [fetch]"
    ))
}

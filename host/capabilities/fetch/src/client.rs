//! The HTTP client. It adds nothing of its own to a request: no headers, no redirects, no decompression.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use crate::connection::Connector;
use crate::error::FetchError;
use crate::judged::Judged;
use crate::options::FetchOptions;

/// How many connections to one host wait for another request, and for how long.
const IDLE_PER_HOST: usize = 32;
const IDLE: Duration = Duration::from_secs(90);
/// When a connection on which nothing arrives is asked for a sign of life, and given up without one.
const ALIVE: Duration = Duration::from_secs(15);
const ALIVE_ATTEMPTS: u32 = 3;
const UNANSWERED: Duration = Duration::from_secs(30);

/// Sends requests over a pool of connections.
pub(crate) type Client = hyper_util::client::legacy::Client<Connector, Full<Bytes>>;

/// A client with its own pool. Without root certificates on this machine it still has http, and https to
/// servers of `roots`; then there is also the reason.
pub(crate) fn client(options: &Arc<FetchOptions>) -> Result<(Client, Option<String>), FetchError> {
    let (mut tls, no_roots) = tls(options.roots.as_deref().unwrap_or_default())?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        // More than what is allowed, which is counted afterwards: of what the protocol itself refuses,
        // nobody learns that it was too large.
        .http2_max_header_list_size(options.max_headers.saturating_mul(4).try_into().unwrap_or(u32::MAX))
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .build(Connector(HttpsConnector::from((tcp(options), tls))));
    Ok((client, no_roots))
}

fn tcp(options: &Arc<FetchOptions>) -> HttpConnector<Judged> {
    let mut tcp = HttpConnector::new_with_resolver(Judged(Arc::clone(options)));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(ALIVE));
    tcp.set_keepalive_interval(Some(ALIVE));
    tcp.set_keepalive_retries(Some(ALIVE_ATTEMPTS));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNANSWERED));
    tcp
}

/// Trusts the roots of this machine and these, as PEM.
fn tls(roots: &str) -> Result<(ClientConfig, Option<String>), FetchError> {
    let roots: Vec<_> = CertificateDer::pem_slice_iter(roots.as_bytes()).collect::<Result<_, _>>()?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    match Verifier::new_with_extra_roots(roots.clone(), Arc::clone(&provider)) {
        Ok(verifier) => {
            let dangerous = versions(provider)?.dangerous();
            let config = dangerous.with_custom_certificate_verifier(Arc::new(verifier));
            Ok((config.with_no_client_auth(), None))
        }
        Err(why) => {
            let mut only = RootCertStore::empty();
            roots.into_iter().try_for_each(|root| only.add(root)).map_err(FetchError::Tls)?;
            let config = versions(provider)?.with_root_certificates(only).with_no_client_auth();
            Ok((config, Some(why.to_string())))
        }
    }
}

fn versions(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, FetchError> {
    let builder = ClientConfig::builder_with_provider(provider);
    builder.with_safe_default_protocol_versions().map_err(FetchError::Tls)
}

//! A server with HTTP/1.1 and HTTP/2, with TLS or without, that keeps its connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A server on a port of its own, until it is dropped.
pub struct Keeping {
    pub address: SocketAddr,
    /// What trusts it, as PEM.
    pub root: String,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Keeping {
    pub async fn plain() -> Self {
        Self::start(None, String::new()).await
    }

    /// For 127.0.0.1 and api.test, with these protocols to choose from.
    pub async fn tls(protocols: &[&[u8]]) -> Self {
        let names = ["127.0.0.1", "api.test", "other.test"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self::start(Some(TlsAcceptor::from(Arc::new(config))), made.cert.pem()).await
    }

    async fn start(tls: Option<TlsAcceptor>, root: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(listener, tls, Arc::clone(&connections)));
        Self { address, root, connections, task }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, connections: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => serve(stream).await,
                // Clients that do not trust it leave here.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let server = auto::Builder::new(TokioExecutor::new());
    // A client that leaves in the middle is what some tests want.
    let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

/// Says which protocol and host it saw; `/large` has large headers, `/to/<url>` leads elsewhere.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let headers = request.headers();
    let mut seen = format!("{:?} authority={:?}", request.version(), request.uri().authority());
    for name in ["host", "authorization", "x-key"] {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        seen += &format!(" {name}={values:?}");
    }
    let mut response = Response::new(Full::from(seen));
    let path = request.uri().path();
    if path == "/large" {
        response.headers_mut().insert("x-large", "a".repeat(2000).parse().unwrap());
    } else if let Some(location) = path.strip_prefix("/to/") {
        *response.status_mut() = hyper::StatusCode::TEMPORARY_REDIRECT;
        response.headers_mut().insert("location", location.parse().unwrap());
    }
    Ok(response)
}

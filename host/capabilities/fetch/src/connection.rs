//! Connections that know whether they were used before.
//!
//! A server may close a connection that waits for the next request, just when that request is on its way.
//! Only on a connection that was used before does an end without an answer mean this, and no failure.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::judged::Judged;

/// Makes the connections of a client.
#[derive(Clone)]
pub(crate) struct Connector(pub HttpsConnector<HttpConnector<Judged>>);

/// One connection, with TLS or without.
pub(crate) struct Noted {
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    use_: Use,
}

/// Whether a response has arrived on a connection.
#[derive(Clone, Default)]
struct Use(Arc<AtomicBool>);

/// Notes that a response arrived, on the connection that its extensions tell of.
pub(crate) fn answered(extensions: &Extensions) {
    if let Some(Use(answered)) = extensions.get() {
        answered.store(true, Ordering::Relaxed);
    }
}

/// Whether a response has arrived on this connection before.
pub(crate) fn was_used(connection: &Connected) -> bool {
    let mut extensions = Extensions::new();
    connection.get_extras(&mut extensions);
    extensions.get().is_some_and(|Use(answered)| answered.load(Ordering::Relaxed))
}

impl Service<Uri> for Connector {
    type Response = Noted;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Noted, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        self.0.call(to).map_ok(|stream| Noted { stream, use_: Use::default() }).boxed()
    }
}

impl Connection for Noted {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.use_.clone())
    }
}

impl Noted {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut MaybeHttpsStream<TokioIo<TcpStream>>> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Read for Noted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl Write for Noted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, slices)
    }
}

//! Connections: accepted up to a number, served as HTTP/1.1 or HTTP/2, and ended when nobody needs them.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flux_runtime::config::Http;
use http::{Request, Response, Version};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::activity::{Activity, Patience, Verdict, Watch, Watched};

/// How often a client that speaks HTTP/2 is asked whether it is there, and how long its answer may take.
const PING: Duration = Duration::from_secs(20);
/// A client that has connected has most likely sent its request: at a stop it has so long to arrive.
const FIRST_REQUEST: Duration = Duration::from_millis(100);
/// How long is waited when the system has no more descriptors.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// What hyper reads of a head at the least before it gives up.
const SMALLEST_BUFFER: usize = 64 << 10;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    connections: usize,
    streams: u32,
    head: usize,
    patience: Patience,
}

impl Bounds {
    pub(crate) fn new(http: &Http) -> Self {
        let patience =
            Patience { head: Duration::from_millis(http.head_ms), idle: Duration::from_millis(http.idle_ms) };
        let connections = http.max_connections.min(Semaphore::MAX_PERMITS);
        Self { connections, streams: http.max_streams, head: http.max_headers, patience }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        let mut http1 = builder.http1();
        // A client that ends its side after the request is still answered. The time of a head is counted by
        // Watch: hyper would count the pause between two requests as a head.
        http1.half_close(true).timer(TokioTimer::new()).header_read_timeout(None::<Duration>);
        http1.max_buf_size(self.head.saturating_mul(2).max(SMALLEST_BUFFER));
        let mut http2 = builder.http2();
        http2.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
        http2.max_concurrent_streams(self.streams);
        http2.max_header_list_size(u32::try_from(self.head).unwrap_or(u32::MAX));
        builder
    }
}

/// Serves until `stop`, then until what was begun has been answered.
pub(crate) async fn serve<S, F, B>(listener: TcpListener, bounds: Bounds, service: S, stop: CancellationToken)
where
    S: Fn(Request<Incoming>, Arc<Activity>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(bounds.connections));
    let running = TaskTracker::new();
    while let Some((stream, slot)) = next(&listener, &slots, &stop).await {
        let (service, stop) = (service.clone(), stop.clone());
        running.spawn(async move {
            converse(stream, bounds, service, stop).await;
            drop(slot);
        });
    }
    // Who comes now is refused by the system, not left waiting.
    drop(listener);
    running.close();
    running.wait().await;
}

/// The next connection and its slot; none when it is time to stop.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepted = async {
        if slots.available_permits() == 0 {
            tracing::warn!("[http] max-connections is reached: further connections wait");
        }
        // A slot first: who comes while all are taken waits in the system's queue.
        let slot = slots.clone().acquire_owned().await.ok()?;
        Some((accept(listener).await, slot))
    };
    tokio::select! {
        () = stop.cancelled() => None,
        accepted = accepted => accepted,
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is one small write: it must not wait for the next.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            // The client's own matter.
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!("cannot accept a connection: {error}");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn converse<S, F, B>(stream: TcpStream, bounds: Bounds, service: S, stop: CancellationToken)
where
    S: Fn(Request<Incoming>, Arc<Activity>) -> F,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let mut watch = Watch::new(activity.clone(), bounds.patience);
    let io = TokioIo::new(Watched::new(stream, activity.clone()));
    let counted = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let executing = counted.execute(request.version() == Version::HTTP_2);
        let answer = service(request, counted.clone());
        async move {
            let answer = answer.await;
            drop(executing);
            Ok::<_, Infallible>(answer)
        }
    });
    let builder = bounds.builder();
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stopping = pin!(async {
        stop.cancelled().await;
        if activity.is_new() {
            tokio::time::sleep(FIRST_REQUEST).await;
        }
    });
    let mut ends = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!("a connection ended: {error}");
                }
                return;
            }
            () = stopping.as_mut(), if !ends => {
                ends = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep(watch.pause()) => match watch.look() {
                Verdict::Goes => {}
                Verdict::Idle if ends => {}
                Verdict::Idle => {
                    ends = true;
                    connection.as_mut().graceful_shutdown();
                }
                Verdict::Stuck => return,
            },
        }
    }
}

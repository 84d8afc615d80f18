//! A server that guests send their requests to, and what it saw of them.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use tokio::sync::{Barrier, oneshot};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub host: String,
    pub relay: String,
    /// How long its body was.
    pub body: usize,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    meeting: Arc<Barrier>,
}

/// A real server on loopback, ended with the test. It answers with what it was asked; `/meet…` only once
/// two requests are there, `/late` after a while, `/never` never.
pub struct Upstream {
    /// Host and port.
    pub address: String,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upstream {
    pub fn start() -> Self {
        let shared = Shared { seen: Arc::default(), meeting: Arc::new(Barrier::new(2)) };
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let address = listener.local_addr().expect("an address").to_string();
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    served = axum::serve(listener, app) => served.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// What arrived so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    let header = |name: &str| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(", ")
    };
    let (method, path) = (method.to_string(), uri.to_string());
    let text = format!("{method} {path} {}\n", String::from_utf8_lossy(&body));
    let (host, relay) = (header("host"), header("x-relay"));
    let seen = Seen { method, path, host, relay, body: body.len() };
    shared.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    if uri.path().starts_with("/meet") {
        shared.meeting.wait().await;
    } else if uri.path() == "/late" {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    } else if uri.path() == "/never" {
        std::future::pending::<()>().await;
    }
    text
}

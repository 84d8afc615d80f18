//! Connections that a server closes: what is sent again on another, and what is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flux_host::Execution;
use flux_host::bindings::flux::host::fetch::{Error, Host, Request};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use flux_cap_fetch::View;

use crate::{Answer, get, live, local};

/// What a server does with a connection after so many answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It closes the connection at once.
    Closes,
    /// It reads the next request, and closes the connection then.
    ReadsAndCloses,
}

/// An HTTP/1.1 server that keeps its connections for some answers.
struct Closing {
    url: String,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    closed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Closing {
    async fn after(answers: usize, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (requests, connections, closed) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default(), Arc::new(Notify::new()));
        let (read, accepted, gone) = (requests.clone(), connections.clone(), closed.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let (read, gone) = (read.clone(), gone.clone());
                tokio::spawn(async move {
                    // A client that leaves in the middle ends the connection as well.
                    let _ = serve(stream, answers, then, &read).await;
                    gone.notify_one();
                });
            }
        });
        Self { url, requests, connections, closed, task }
    }

    fn counts(&self) -> (usize, usize) {
        (self.requests.load(Ordering::SeqCst), self.connections.load(Ordering::SeqCst))
    }
}

async fn serve(stream: TcpStream, answers: usize, then: Then, read: &AtomicUsize) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    for _ in 0..answers {
        if !next(&mut stream, read).await? {
            return Ok(());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour").await?;
    }
    if then == Then::ReadsAndCloses {
        next(&mut stream, read).await?;
    }
    stream.shutdown().await
}

/// Reads a request; false if none comes any more.
async fn next(stream: &mut BufReader<TcpStream>, read: &AtomicUsize) -> std::io::Result<bool> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(false);
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    read.fetch_add(1, Ordering::SeqCst);
    Ok(true)
}

async fn ask(execution: &mut Execution, method: &str, body: &[u8], server: &Closing) -> Answer {
    let request = Request { method: method.to_owned(), body: body.to_vec(), ..get(&server.url) };
    View(execution).send(request).await.unwrap()
}

/// Closed while it waits: nothing of the next request was written, so it goes to another connection,
/// whatever its method.
#[tokio::test]
async fn a_connection_that_was_closed_while_it_waited_is_no_failure() {
    for method in ["GET", "POST", "PATCH", "PUT"] {
        let server = Closing::after(1, Then::Closes).await;
        let other = Closing::after(9, Then::Closes).await;
        let mut execution = live(local());
        for _ in 0..3 {
            assert!(ask(&mut execution, method, b"body", &server).await.is_ok(), "{method}");
            server.closed.notified().await;
            // Another exchange, during which the client sees what became of its connections.
            assert!(ask(&mut execution, "GET", b"", &other).await.is_ok());
        }
        assert_eq!(server.counts(), (3, 3), "{method}: each request was read once");
    }
}

/// Closed when the request was read: it may have been acted on, so only a request that may be repeated
/// is, and once.
#[tokio::test]
async fn only_what_may_be_repeated_is_sent_again_once_it_was_read() {
    for (method, again) in [("GET", true), ("PUT", true), ("DELETE", true), ("POST", false), ("PATCH", false)]
    {
        let server = Closing::after(1, Then::ReadsAndCloses).await;
        let mut execution = live(local());
        assert!(ask(&mut execution, method, b"", &server).await.is_ok(), "{method}");
        let second = ask(&mut execution, method, b"", &server).await;
        if again {
            assert!(second.is_ok(), "{method} {second:?}");
            assert_eq!(server.counts(), (3, 2), "{method}");
        } else {
            assert!(matches!(second, Err(Error::Protocol(_))), "{method} {second:?}");
            assert_eq!(server.counts(), (2, 1), "{method}");
        }
    }
}

/// On a new connection there was nothing that the server could have waited too long for.
#[tokio::test]
async fn a_server_that_never_answers_is_asked_once() {
    for method in ["GET", "POST"] {
        let server = Closing::after(0, Then::ReadsAndCloses).await;
        let answer = ask(&mut live(local()), method, b"", &server).await;
        assert!(matches!(answer, Err(Error::Protocol(_))), "{method} {answer:?}");
        assert_eq!(server.counts(), (1, 1), "{method}");
    }
}

//! An HTTP/1.1 server that says what it saw, and misbehaves where asked to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

/// A server on a port of its own, until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

struct Seen {
    requests: Mutex<Vec<Vec<u8>>>,
    under_way: AtomicUsize,
    meet: Barrier,
}

/// An address where nobody listens.
pub async fn unused() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

impl Server {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    pub async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let meet = Barrier::new(2);
        let seen = Arc::new(Seen { requests: Mutex::default(), under_way: AtomicUsize::new(0), meet });
        let task = tokio::spawn(accept(listener, Arc::clone(&seen)));
        Self { address, seen, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The same server by a name.
    pub fn named(&self, name: &str, path: &str) -> String {
        format!("http://{name}:{}{path}", self.address.port())
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.lock().unwrap().len()
    }

    /// The last request, head and body.
    pub fn last(&self) -> String {
        String::from_utf8_lossy(&self.raw()).into_owned()
    }

    /// Its bytes.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }

    pub fn stop(&mut self) {
        self.task.abort();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: TcpListener, seen: Arc<Seen>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A client that leaves in the middle is what some tests want.
        tokio::spawn(serve(stream, Arc::clone(&seen)));
    }
}

/// One request a connection.
async fn serve(stream: TcpStream, seen: Arc<Seen>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    // TLS begins otherwise than any method.
    if !stream.fill_buf().await?.first().is_some_and(u8::is_ascii_alphabetic) {
        return Ok(());
    }
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    seen.requests.lock().unwrap().push([bytes, body.clone()].concat());
    let path = head.split(' ').nth(1).unwrap().to_owned();
    answer(stream, &path, &head, &body, &seen).await
}

async fn answer(
    mut stream: BufReader<TcpStream>,
    path: &str,
    head: &str,
    body: &[u8],
    seen: &Seen,
) -> std::io::Result<()> {
    let ok = |body: &[u8]| response("200 OK", "", body);
    let bytes = match path {
        "/echo" => ok(body),
        "/teapot" => {
            let headers =
                "set-cookie: a=1\r\nset-cookie: b=2\r\ncontent-encoding: gzip\r\nx-utf8: gr\u{fc}n\r\n";
            response("418 I'm a teapot", headers, b"short and stout")
        }
        "/latin" => raw("200 OK", b"x-latin: gr\xfcn\r\n", b""),
        "/loop" => response("302 Found", "location: /loop\r\n", b""),
        "/garbage" => b"SSH-2.0-none\r\n\r\n".to_vec(),
        "/broken" => b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(),
        "/never" => return forever().await,
        "/half" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await?;
            return forever().await;
        }
        "/endless" => loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nand so on").await?;
        },
        "/meet/1" | "/meet/2" => {
            seen.meet.wait().await;
            ok(path.as_bytes())
        }
        "/alone" => {
            assert_eq!(seen.under_way.fetch_add(1, Ordering::SeqCst), 0);
            tokio::task::yield_now().await;
            seen.under_way.fetch_sub(1, Ordering::SeqCst);
            ok(b"")
        }
        "/large" => response("200 OK", &format!("x-large: {}\r\n", "a".repeat(2000)), b""),
        "/larger" => response("200 OK", &format!("x-large: {}\r\n", "a".repeat(1 << 20)), b""),
        "/many" => response("200 OK", &"x-many: a\r\n".repeat(1000), b""),
        "/hundred" => ok(&[b'a'; 100]),
        _ => redirected(path).unwrap_or_else(|| ok(head.as_bytes())),
    };
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}

/// `/to/<url>` is a 307, `/303/<url>` a 303 and so on; `[[` and `]]` are braces of the server's own.
fn redirected(path: &str) -> Option<Vec<u8>> {
    let (status, location) = path[1..].split_once('/')?;
    let location = location.replace("[[", "{{").replace("]]", "}}");
    let status = if status == "to" { 307 } else { status.parse().ok()? };
    Some(response(&format!("{status} Elsewhere"), &format!("location: {location}\r\n"), b""))
}

async fn forever() -> std::io::Result<()> {
    std::future::pending().await
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    raw(status, headers.as_bytes(), body)
}

fn raw(status: &str, headers: &[u8], body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n").into_bytes();
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

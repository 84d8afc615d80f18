//! The load: connections that are kept alive, one request in flight on each, the next as soon as the
//! answer is there.
//!
//! It runs on one thread of this process, on the same machine as the server, and takes the same share
//! of the cores from every server. It is written by hand so that this share is small: a request is
//! one write of fixed bytes, a response is looked for in what was read. Every response is checked.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flux_benches::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n";
/// What both guests answer.
const BODY: &[u8] = b"hello\n";

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Connections, each with one request in flight.
    pub connections: usize,
    /// The time after which no request is begun.
    pub time: Duration,
    /// The most requests of one connection.
    pub requests: usize,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Requests per second, all connections together.
    pub per_second: f64,
    /// The median latency, in microseconds.
    pub p50_us: f64,
    /// The latency that one in a hundred exceeds.
    pub p99_us: f64,
}

/// Runs a load to its end. A response that is not 200 with the right body is an error.
pub async fn run(address: SocketAddr, load: Load) -> Result<Measured> {
    let watch = Stopwatch::start();
    let running: Vec<_> =
        (0..load.connections).map(|_| tokio::spawn(connection(address, load, watch))).collect();
    let mut latencies: Vec<u32> = Vec::new();
    for connection in running {
        latencies.extend(connection.await??);
    }
    let took = watch.elapsed();
    ensure!(!latencies.is_empty(), "no request was answered");
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[((latencies.len() - 1) as f64 * share) as usize]) / 1000.0;
    Ok(Measured {
        per_second: latencies.len() as f64 / took.as_secs_f64(),
        p50_us: at(0.5),
        p99_us: at(0.99),
    })
}

/// One connection's latencies, in nanoseconds.
async fn connection(address: SocketAddr, load: Load, watch: Stopwatch) -> Result<Vec<u32>> {
    let mut client = Client::connect(address).await?;
    let mut latencies = Vec::with_capacity(load.requests.min(1 << 16));
    while watch.elapsed() < load.time && latencies.len() < load.requests {
        let began = watch.elapsed();
        client.request().await?;
        latencies.push(u32::try_from((watch.elapsed() - began).as_nanos()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// One request and its whole answer.
    pub async fn request(&mut self) -> Result<()> {
        self.stream.write_all(REQUEST).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the connection was closed in the middle of a response");
            if let Some(body) = whole(&self.buffer)? {
                ensure!(body == BODY, "the body is {:?}", String::from_utf8_lossy(body));
                return Ok(());
            }
        }
    }
}

/// The body of a whole response; none if more of it must be read.
fn whole(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = (&bytes[..end], &bytes[end + 4..]);
    ensure!(head.starts_with(b"HTTP/1.1 200 "), "answered {:?}", String::from_utf8_lossy(head));
    if let Some(length) = header(head, b"content-length:") {
        let length: usize = std::str::from_utf8(length)?.trim().parse()?;
        ensure!(rest.len() <= length, "the body is longer than its content-length");
        return Ok((rest.len() == length).then_some(rest));
    }
    header(head, b"transfer-encoding:").context("a response has neither length nor chunks")?;
    // The guests write their few bytes at once: one chunk, and the last.
    if !rest.ends_with(b"0\r\n\r\n") {
        return Ok(None);
    }
    let start = find(rest, b"\r\n").context("a chunk has no length")? + 2;
    let length = usize::from_str_radix(std::str::from_utf8(&rest[..start - 2])?, 16)?;
    Ok(rest.get(start..start + length))
}

fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (start, value) = line.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

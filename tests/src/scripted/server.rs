//! A server that answers by the path, with bytes that no library would send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::{BYTES, large};

/// What `/too-large` sends, and one byte more than is let through.
pub(super) const TOO_LARGE: usize = 2 << 20;

/// The first byte of a TLS connection.
const HANDSHAKE: u8 = 0x16;

/// A server on a port of its own, as long as the process.
#[derive(Debug)]
pub struct Server(SocketAddr);

impl Server {
    /// Starts one.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that leaves is no fault of the server.
                std::thread::spawn(move || drop(serve(stream)));
            }
        });
        Ok(Self(address))
    }

    /// Its address, without a path.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.0)
    }
}

/// What was asked.
struct Asked {
    method: String,
    path: String,
    /// Those with a name in `x-`, as they came.
    headers: Vec<String>,
    body: Vec<u8>,
}

/// One exchange: no connection serves a second.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    if reader.fill_buf()?.first() == Some(&HANDSHAKE) {
        writer.write_all(b"this is no TLS\n")?;
        return drain(&mut reader);
    }
    let asked = read(&mut reader)?;
    let path = asked.path.split('?').next().unwrap_or_default();
    match path {
        "/never" => return drain(&mut reader),
        "/garbage" => writer.write_all(b"this is no HTTP\r\n\r\n")?,
        "/echo" => writer.write_all(&echo(&asked))?,
        "/headers" => writer.write_all(&response(200, &many(), b""))?,
        "/bytes" => writer.write_all(&response(200, &[], BYTES))?,
        "/large" => writer.write_all(&response(200, &[], &large()))?,
        "/too-large" => writer.write_all(&response(200, &[], &vec![0; TOO_LARGE]))?,
        path => {
            let status = path.strip_prefix("/status/").and_then(|status| status.parse().ok());
            writer.write_all(&response(status.unwrap_or(400), &[], b""))?;
        }
    }
    Ok(())
}

/// Until the client leaves.
fn drain(reader: &mut impl Read) -> std::io::Result<()> {
    std::io::copy(reader, &mut std::io::sink()).map(drop)
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut first = lines.first().map(String::as_str).unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    lines.retain(|line| line.starts_with("x-"));
    Ok(Asked { method, path, headers: lines, body })
}

fn echo(asked: &Asked) -> Vec<u8> {
    let mut headers = vec![format!("x-method: {}", asked.method), format!("x-path: {}", asked.path)];
    headers.extend(asked.headers.iter().cloned());
    response(201, &headers, &asked.body)
}

/// Equal names, mixed case, no value, and a value that is no ASCII.
fn many() -> Vec<String> {
    let mut headers: Vec<_> = (0..30).map(|number| format!("Set-Cookie: n={number}")).collect();
    headers.extend(["X-Mixed: Case", "x-empty:", "x-text: é€🦀"].map(str::to_owned));
    headers
}

fn response(status: u16, headers: &[String], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    // A 204 has no length.
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} It\r\nconnection: close\r\n{headers}{length}\r\n");
    [head.as_bytes(), body].concat()
}

//! From the start of the process to the first response.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flux_benches::Stopwatch;
use rustix::process::{Pid, Signal, kill_process};

use crate::median;

/// Odd, so that one is in the middle.
const STARTS: usize = 7;

/// The median of some starts, after one that fills the cache of compiled code.
pub fn measure(flux: &Path, component: &Path) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    // `orders` answers 404 there, without a call.
    let manifest = format!(
        "[app]\nname = \"first\"\n[guests.g]\nsource = {:?}\n[[http.routes]]\nroute = \"GET /\"\nguest = \"g\"\n",
        component.display().to_string()
    );
    std::fs::write(folder.path().join("flux.toml"), manifest)?;
    start(flux, folder.path())?;
    let starts = (0..STARTS).map(|_| start(flux, folder.path())).collect::<Result<Vec<_>>>()?;
    median(starts).context("no start was measured")
}

fn start(flux: &Path, folder: &Path) -> Result<Duration> {
    let mut command = Command::new(flux);
    command.arg("-C").arg(folder).args([
        "run",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--json",
    ]);
    let watch = Stopwatch::start();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("flux does not start")?;
    let answered = ask(&mut child);
    let elapsed = watch.elapsed();
    let id = Pid::from_raw(i32::try_from(child.id())?).context("flux has no id")?;
    kill_process(id, Signal::TERM)?;
    child.wait()?;
    answered.map(|()| elapsed)
}

fn ask(child: &mut Child) -> Result<()> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().context("no stdout")?).read_line(&mut line)?;
    let said: serde_json::Value =
        serde_json::from_str(&line).context("flux does not say where it listens")?;
    let address = said["http"].as_str().and_then(|url| url.strip_prefix("http://")).context("no address")?;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: flux\r\nconnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    ensure!(response.starts_with(b"HTTP/1.1 404"), "{}", String::from_utf8_lossy(&response));
    Ok(())
}

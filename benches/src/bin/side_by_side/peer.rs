//! The servers: how each is started, asked and ended.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use flux_benches::Stopwatch;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::load::Client;

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// The unit of times in /proc: 100 a second on every Linux.
const USER_HZ: f64 = 100.0;

/// A server with a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `flux run`, durability `process`, the wasi:http guest.
    FluxWasi,
    /// The same, recording off.
    FluxWasiOff,
    /// `flux run`, durability `process`, the flux:host guest.
    FluxHost,
    /// The same, recording off.
    FluxHostOff,
    /// `wasmtime serve`, the wasi:http guest.
    Wasmtime,
    /// `wasmtime serve -O pooling-allocator`, the wasi:http guest.
    WasmtimePooling,
}

impl Peer {
    /// All, in the order of the first round.
    pub const ALL: [Self; 6] = [
        Self::FluxWasi,
        Self::Wasmtime,
        Self::FluxHost,
        Self::WasmtimePooling,
        Self::FluxWasiOff,
        Self::FluxHostOff,
    ];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::FluxWasi => "flux, wasi:http, recording",
            Self::FluxWasiOff => "flux, wasi:http, off",
            Self::FluxHost => "flux, flux:host, recording",
            Self::FluxHostOff => "flux, flux:host, off",
            Self::Wasmtime => "wasmtime serve",
            Self::WasmtimePooling => "wasmtime serve, pooling",
        }
    }

    /// Whether it is `flux run`.
    pub fn is_flux(self) -> bool {
        !matches!(self, Self::Wasmtime | Self::WasmtimePooling)
    }

    fn guest(self) -> &'static str {
        match self {
            Self::FluxHost | Self::FluxHostOff => "hello.wasm",
            _ => "hello_wasi.wasm",
        }
    }
}

/// Where the programs and guests are, and where servers may write.
#[derive(Debug)]
pub struct Places {
    /// `flux`.
    pub flux: PathBuf,
    /// `wasmtime`.
    pub wasmtime: PathBuf,
    /// The folder of the guests.
    pub guests: PathBuf,
    /// A folder for projects and caches.
    pub work: PathBuf,
}

/// A server that runs.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the whole of its first response.
    pub first_response: Duration,
    // Kept open: a server that cannot write its log might end.
    _said: Said,
}

type Said = Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>;

impl Running {
    /// Starts a server and asks it once. It ends with this value, whatever happens.
    pub async fn start(peer: Peer, places: &Places) -> Result<Self> {
        let mut command = if peer.is_flux() { flux(peer, places)? } else { wasmtime(peer, places)? };
        let watch = Stopwatch::start();
        let mut child =
            command.kill_on_drop(true).spawn().with_context(|| format!("cannot start {command:?}"))?;
        let mut said = said(&mut child, peer)?;
        let address = tokio::time::timeout(PATIENCE, address(&mut said, peer))
            .await
            .with_context(|| format!("{} does not say where it listens", peer.name()))??;
        Client::connect(address).await?.request().await.with_context(|| peer.name().to_owned())?;
        Ok(Self { child, address, first_response: watch.elapsed(), _said: said })
    }

    /// The resident memory, in MiB; shared pages of files count, as the target's do.
    pub fn resident(&self) -> Result<f64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Processor time so far, of all threads, in seconds.
    pub fn processor(&self) -> Result<f64> {
        let id = self.child.id().context("the server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: f64 =
            fields.iter().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap_or_default()).sum();
        Ok(ticks / USER_HZ)
    }

    /// Ends it by a signal and waits: how long that took. A recording host ships what waits first.
    pub async fn stop(mut self) -> Result<Duration> {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32));
        let watch = Stopwatch::start();
        rustix::process::kill_process(id.context("the server has ended")?, rustix::process::Signal::TERM)?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ensure!(ended.is_ok(), "the server does not end");
        Ok(watch.elapsed())
    }
}

/// A project of its own for each, so that no two share a store or a cache.
fn flux(peer: Peer, places: &Places) -> Result<Command> {
    let recorded = matches!(peer, Peer::FluxWasi | Peer::FluxHost);
    let folder = places.work.join(format!("{peer:?}"));
    std::fs::create_dir_all(&folder)?;
    let component = places.guests.join(peer.guest());
    let manifest = format!(
        "[app]\nname = \"hello\"\n[guests.hello]\nsource = {:?}\n[[http.routes]]\nroute = \"GET /\"\nguest = \"hello\"\n",
        component.display().to_string()
    );
    std::fs::write(folder.join("flux.toml"), manifest)?;
    let mut command = Command::new(&places.flux);
    command.arg("-C").arg(&folder).args([
        "run",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--json",
    ]);
    if !recorded {
        command.arg("--unrecorded");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

/// `-C cache` keeps compiled code on disk, as flux does; `-S cli` is what Rust's standard library
/// imports. Everything else is as it comes.
fn wasmtime(peer: Peer, places: &Places) -> Result<Command> {
    let cache = places.work.join("wasmtime-cache");
    std::fs::create_dir_all(&cache)?;
    let mut command = Command::new(&places.wasmtime);
    command.args(["serve", "--addr", "127.0.0.1:0", "-C", "cache=y", "-S", "cli"]);
    if peer == Peer::WasmtimePooling {
        command.args(["-O", "pooling-allocator"]);
    }
    command.arg(places.guests.join(peer.guest())).env("XDG_CACHE_HOME", cache).env("HOME", &places.work);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(command)
}

/// What tells where it listens: flux prints a line of JSON, wasmtime logs it.
fn said(child: &mut Child, peer: Peer) -> Result<Said> {
    let stream: Box<dyn AsyncRead + Send + Unpin> = if peer.is_flux() {
        Box::new(child.stdout.take().context("no stdout")?)
    } else {
        Box::new(child.stderr.take().context("no stderr")?)
    };
    Ok(BufReader::new(stream).lines())
}

async fn address(said: &mut Said, peer: Peer) -> Result<SocketAddr> {
    let mut all = String::new();
    while let Some(line) = said.next_line().await? {
        // Flux says a line of JSON with two addresses; wasmtime a sentence with one.
        let from = if peer.is_flux() { "\"http\":\"http://" } else { "http://" };
        let url = line.split_once(from).and_then(|(_, rest)| rest.split(['/', '"']).next());
        if let Some(address) = url.and_then(|url| url.parse().ok()) {
            return Ok(address);
        }
        all.push_str(&line);
        all.push('\n');
    }
    bail!("{} ended before it listened: {all}", peer.name())
}

/// What must be there before anything is measured.
pub fn check(places: &Places) -> Result<()> {
    let files = [places.flux.clone(), places.wasmtime.clone()]
        .into_iter()
        .chain(["hello.wasm", "hello_wasi.wasm"].map(|guest| places.guests.join(guest)));
    for file in files {
        ensure!(Path::exists(&file), "{} is missing; hint: make bench builds it", file.display());
    }
    Ok(())
}

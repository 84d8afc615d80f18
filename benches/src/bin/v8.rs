//! What an execution on V8 costs, with `orders` in TypeScript: `v8 <bundle>`.
//!
//! `isolate`: a thread with an isolate from the platform's snapshot in which the bundle was evaluated;
//! `context`: a new context in a living isolate, the web platform not in it, for comparison; `warm`:
//! `PUT /prices/{sku}`, recorded into the spool, one after the other with isolates made ahead of time;
//! `memory`: what the process grows by for each of some executions that wait at the same time.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use deno_core::{JsRuntime, RuntimeOptions, v8};
use flux_benches::orders::{Orders, put_price};
use flux_benches::{Destination, Journals, Stopwatch};
use flux_host::bindings::exports::flux::host::http_handler::Request;
use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Execution, Guest, Input, Limits, System};
use flux_recorder::Session;
use flux_runtime::{BUNDLE, Engines};

/// Isolates and contexts that are made, for the one in the middle.
const STARTS: usize = 101;
/// Requests, after some that nobody counts.
const REQUESTS: usize = 500;
const WARM_UP: usize = 50;
/// Executions that wait at the same time.
const AT_ONCE: usize = 64;

/// A handler that waits as long as it may.
const WAITS: &str = "export const httpHandler = { handle: () => globalThis.__fluxHost.clock.sleep(60000) };";

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: v8 <bundle>")?;
    let bundle = std::fs::read(&path).with_context(|| format!("no bundle at {path}"))?;
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let isolate = runtime.block_on(isolates(&bundle))?;
    let context = contexts(&runtime)?;
    let (warm, p99) = runtime.block_on(requests(&bundle))?;
    let memory = runtime.block_on(waiting())?;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| isolate, ready | context alone | warm p50 | p99 | memory of an execution |\n|---|---|---|---|---|"
    );
    println!(
        "| {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.1} MiB |\nload average before {}",
        ms(isolate),
        ms(context),
        ms(warm),
        ms(p99),
        memory / f64::from(1 << 20),
        load.trim()
    );
    Ok(())
}

fn guest(bytes: &[u8]) -> Result<Arc<dyn Guest>> {
    let engines = Engines::new(
        &EngineOptions::default(),
        Limits::default().memory,
        &flux_runtime::Catalog::builtin().declarations()?,
    )?;
    Ok(engines.load(bytes)?)
}

fn execution() -> Execution {
    let nothing = Arc::new(Capabilities::default());
    Execution::new(Session::live([0; 32]), Arc::new(System::new()), nothing, Limits::default())
}

async fn isolates(bundle: &[u8]) -> Result<Duration> {
    let guest = guest(bundle)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let watch = Stopwatch::start();
        guest.start(execution()).await?;
        times.push(watch.elapsed());
    }
    middle(times)
}

fn contexts(tasks: &tokio::runtime::Runtime) -> Result<Duration> {
    let _entered = tasks.enter();
    let mut runtime = JsRuntime::new(RuntimeOptions::default());
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let watch = Stopwatch::start();
        v8::scope!(let scope, runtime.v8_isolate());
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        times.push(watch.elapsed());
        std::hint::black_box(context);
    }
    middle(times)
}

async fn requests(bundle: &[u8]) -> Result<(Duration, Duration)> {
    let folder = tempfile::tempdir()?;
    let mut journals = Journals::open(Destination::Spool, folder.path()).await?;
    let orders = Orders::load(bundle).await?;
    let mut times = Vec::new();
    for _ in 0..WARM_UP + REQUESTS {
        let (id, journal, handle) = journals.journal();
        let watch = Stopwatch::start();
        orders.recorded(put_price(), id, journal).await?;
        if let Some(handle) = handle {
            handle.finish();
        }
        times.push(watch.elapsed());
        journals.flush().await?;
    }
    times.drain(..WARM_UP);
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().context("nothing was measured");
    Ok((at(50)?, at(99)?))
}

/// Bytes that the process grew by, for each execution.
async fn waiting() -> Result<f64> {
    let guest = guest(format!("{BUNDLE}{WAITS}").as_bytes())?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = resident()?;
    let (method, path) = ("GET".to_owned(), "/".to_owned());
    let request =
        Request { method, path, query: None, headers: Vec::new(), body: Vec::new(), params: Vec::new() };
    for _ in 0..AT_ONCE {
        let (guest, input) = (guest.clone(), Input::Http(request.clone()));
        tokio::spawn(async move { guest.call(input, execution()).await });
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    Ok((resident()? - before) / AT_ONCE as f64)
}

/// What the process holds in memory, in bytes.
fn resident() -> Result<f64> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = pages.split(' ').nth(1).context("statm has a second number")?.parse()?;
    Ok(pages * rustix::param::page_size() as f64)
}

fn middle(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

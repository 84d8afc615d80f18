//! One request in a fresh instance, again and again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flux_benches::bare::Bare;
use flux_benches::orders::{Orders, put_price};
use flux_benches::{Destination, Journals, Stopwatch};
use flux_host::wasm::EngineOptions;

use crate::median;

/// Requests of a turn of one side, before the other's.
const TURN: usize = 20;
const WARM_UP: usize = 20;
/// A language is measured for so long, and for so many requests of each side at most.
const TIME: Duration = Duration::from_secs(8);
const MOST: usize = 4000;

/// What one request takes, and the linear memory that it has.
#[derive(Debug)]
pub struct Warm {
    pub bare: Duration,
    pub recorded: Duration,
    pub memory: u64,
}

/// What loading takes with nothing cached, and with the compiled code cached.
pub fn loading(bytes: &[u8]) -> Result<(Duration, Duration)> {
    let cache = tempfile::tempdir()?;
    let load = || {
        let options = EngineOptions { cache: Some(cache.path().to_owned()), ..EngineOptions::default() };
        let engine = flux_runtime::engine(&options, &flux_runtime::Catalog::builtin().declarations()?)?;
        let watch = Stopwatch::start();
        engine.load(bytes)?;
        anyhow::Ok(watch.elapsed())
    };
    let compile = load()?;
    let cached = (0..5).map(|_| load()).collect::<Result<Vec<_>>>()?;
    Ok((compile, median(cached).context("nothing was loaded")?))
}

/// Both sides in turn.
pub fn measure(bytes: &[u8]) -> Result<Warm> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let mut journals = Journals::open(Destination::Spool, folder.path()).await?;
        let (bare, orders) = (Bare::load(bytes)?, Orders::load(bytes).await?);
        for _ in 0..WARM_UP {
            by_engine(&bare).await?;
            by_flux(&orders, &mut journals).await?;
        }
        let memory = orders.memory(put_price()).await?;
        let (mut engine, mut flux, watch) = (Vec::new(), Vec::new(), Stopwatch::start());
        while watch.elapsed() < TIME && engine.len() < MOST {
            for _ in 0..TURN {
                engine.push(by_engine(&bare).await?);
            }
            for _ in 0..TURN {
                flux.push(by_flux(&orders, &mut journals).await?);
            }
            journals.flush().await?;
        }
        let none = "nothing was measured";
        Ok(Warm { bare: median(engine).context(none)?, recorded: median(flux).context(none)?, memory })
    })
}

async fn by_engine(bare: &Bare) -> Result<Duration> {
    let request = put_price();
    let watch = Stopwatch::start();
    let response = bare.call(&request).await?;
    let elapsed = watch.elapsed();
    ensure!(response.status == 204, "the bare engine's price failed: {}", response.status);
    Ok(elapsed)
}

async fn by_flux(orders: &Orders, journals: &mut Journals) -> Result<Duration> {
    let request = put_price();
    let (id, journal, handle) = journals.journal();
    let watch = Stopwatch::start();
    orders.recorded(request, id, journal).await?;
    if let Some(handle) = handle {
        handle.finish();
    }
    Ok(watch.elapsed())
}

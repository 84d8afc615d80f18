//! Makes so many calls at the boundary and nothing else, for callgrind to count.
//!
//! `instructions <call> <mode> <calls>`: two runs that differ only in the number of calls, divided by
//! the difference, give the instructions of one call: start, back ends, warm-up and the recording that
//! is replayed are the same in both. All threads count; only what the kernel does is not seen.
//! `instructions bytes` prints the bytes of a call in the journal. scripts/bench.sh runs both.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use flux_benches::{Call, World, begin};
use flux_recorder::{MemoryJournal, Recording};
use flux_store::{Spool, SpoolOptions};
use uuid::Uuid;

/// More than any run makes, so that all runs prepare the same recording.
const RECORDED: u64 = 5_000;
const WARM_UP: u64 = 500;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.as_slice() {
            ["bytes"] => bytes().await,
            [call, mode, calls] => run(named(call)?, mode, calls.parse()?).await,
            _ => bail!("usage: instructions bytes | <call> <live|memory|spool|replaying> <calls>"),
        }
    })
}

fn named(name: &str) -> Result<Call> {
    Call::ALL.into_iter().find(|call| call.name() == name).with_context(|| format!("no call '{name}'"))
}

async fn run(call: Call, mode: &str, calls: u64) -> Result<()> {
    anyhow::ensure!(WARM_UP + calls <= RECORDED, "at most {} calls", RECORDED - WARM_UP);
    let world = World::open(call).await?;
    let folder = tempfile::tempdir()?;
    let mut caller = match mode {
        "live" => world.live(call).await?,
        "memory" => world.recorded(call, Uuid::nil(), Box::new(MemoryJournal::default())).await?,
        // The spool without its shipper, whose work depends on time: the side-by-side has it.
        "spool" => {
            let (spool, _) = Spool::open(folder.path(), SpoolOptions::default())?;
            let (journal, handle) = spool.execution(begin(Uuid::nil()).id);
            let caller = world.recorded(call, Uuid::nil(), journal).await?;
            // What nobody ships is given back when the process ends.
            std::mem::forget(handle);
            caller
        }
        "replaying" => {
            let recording = Recording::read(world.journal(call, RECORDED).await?)?;
            world.replaying(call, Arc::new(recording)).await?
        }
        mode => bail!("no mode '{mode}'"),
    };
    caller.calls(WARM_UP).await?;
    caller.calls(calls).await
}

/// Bytes per call, by difference, so that 'begin' and 'end' are no part.
async fn bytes() -> Result<()> {
    const CALLS: u64 = 1000;
    println!("{:<18} {:>6} {:>9} {:>8} {:>9}", "call", "bytes", "payload", "rest", "framing");
    for call in Call::ALL {
        let world = World::open(call).await?;
        let (few, many) = (world.journal(call, CALLS).await?, world.journal(call, 2 * CALLS).await?);
        let each = (many.len() - few.len()) as f64 / CALLS as f64;
        let recording = Recording::read(few)?;
        let canonical = recording.args(0).len() + recording.result(0).map_or(0, <[u8]>::len);
        let (rest, framing) = (each - call.payload() as f64, each - canonical as f64);
        println!("{:<18} {each:>6.1} {:>9} {rest:>8.1} {framing:>9.1}", call.name(), call.payload());
    }
    Ok(())
}

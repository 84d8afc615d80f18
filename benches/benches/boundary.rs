//! One call at the boundary: live, recorded to memory, recorded to the spool, replayed.
//!
//! Executions begin, open their label and end outside of the measured time: only calls are in it.
//! An execution makes 500 calls, so that neither its journal nor the recording it replays outgrows
//! what executions have. Before each recorded batch the shipper has shipped everything: its work is
//! no part of a call, and the side-by-side harness, where it competes for the cores, measures it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use flux_benches::{Call, Destination, Journals, Stopwatch, World};
use flux_recorder::Recording;
use tokio::runtime::Runtime;

/// Calls of one execution.
const BATCH: u64 = 500;

/// `calls` in batches of which `batch` makes each, and returns what it took.
async fn batches(calls: u64, mut batch: impl AsyncFnMut(u64) -> Result<Duration>) -> Duration {
    let (mut left, mut took) = (calls, Duration::ZERO);
    while left > 0 {
        let now = left.min(BATCH);
        took += batch(now).await.expect("a bench's call does not fail");
        left -= now;
    }
    took
}

async fn live(world: &World, call: Call, calls: u64) -> Result<Duration> {
    let mut caller = world.live(call).await?;
    let watch = Stopwatch::start();
    caller.calls(calls).await?;
    Ok(watch.elapsed())
}

async fn recorded(world: &World, call: Call, calls: u64, journals: &mut Journals) -> Result<Duration> {
    journals.flush().await?;
    let (id, journal, handle) = journals.journal();
    let mut caller = world.recorded(call, id, journal).await?;
    let watch = Stopwatch::start();
    caller.calls(calls).await?;
    let took = watch.elapsed();
    caller.end()?;
    if let Some(handle) = handle {
        handle.finish();
    }
    Ok(took)
}

async fn replayed(world: &World, call: Call, calls: u64, recording: &Arc<Recording>) -> Result<Duration> {
    let mut caller = world.replaying(call, recording.clone()).await?;
    let watch = Stopwatch::start();
    caller.calls(calls).await?;
    Ok(watch.elapsed())
}

fn measure(criterion: &mut Criterion, call: Call) -> Result<()> {
    let runtime = Runtime::new()?;
    let world = runtime.block_on(World::open(call))?;
    let recording = Arc::new(Recording::read(runtime.block_on(world.journal(call, BATCH))?)?);
    let mut group = criterion.benchmark_group(call.name());
    group.throughput(Throughput::Elements(1)).sampling_mode(SamplingMode::Flat);
    group.bench_function("live", |it| {
        it.iter_custom(|calls| runtime.block_on(batches(calls, async |now| live(&world, call, now).await)));
    });
    for (name, destination) in
        [("recorded, memory", Destination::Memory), ("recorded, spool", Destination::Spool)]
    {
        let folder = tempfile::tempdir()?;
        let mut journals = runtime.block_on(Journals::open(destination, folder.path()))?;
        group.bench_function(name, |it| {
            it.iter_custom(|calls| {
                runtime.block_on(batches(calls, async |now| recorded(&world, call, now, &mut journals).await))
            });
        });
    }
    group.bench_function("replayed", |it| {
        it.iter_custom(|calls| {
            runtime.block_on(batches(calls, async |now| replayed(&world, call, now, &recording).await))
        });
    });
    group.finish();
    Ok(())
}

fn boundary(criterion: &mut Criterion) {
    for call in Call::ALL {
        measure(criterion, call).expect("the bench's back ends open");
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = boundary
}
criterion_main!(benches);

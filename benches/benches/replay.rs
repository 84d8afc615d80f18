//! Whole executions on one core: replayed, recorded, and on the bare engine.
//!
//! `recorder`: five `kv.get` of 64 bytes replayed through a session, without a guest: what replaying
//! itself costs; once with reading the journal's bytes, as `flux replay` does, and once without.
//! `orders POST`: the guest's six calls answered from a recording, beside the bare engine with the
//! same guest and constant answers. `orders PUT`: one call on a back end in memory, recorded into the
//! spool from trigger to outcome, beside recording off and the bare engine. The runtime has one thread.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flux_benches::bare::Bare;
use flux_benches::orders::{Orders, post_order, put_price};
use flux_benches::{Call, Destination, Journals, Stopwatch, World};
use flux_recorder::Recording;
use tokio::runtime::{Builder, Runtime};

const CALL: Call = Call::KvGet(64);
const CALLS: u64 = 5;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

async fn replay(world: &World, recording: Arc<Recording>) -> Result<()> {
    let mut caller = world.replaying(CALL, recording).await?;
    caller.calls(CALLS).await?;
    caller.end()
}

fn recorder(criterion: &mut Criterion) -> Result<()> {
    let runtime = runtime();
    let world = runtime.block_on(World::open(CALL))?;
    let bytes = runtime.block_on(world.journal(CALL, CALLS))?;
    let recording = Arc::new(Recording::read(bytes.clone())?);
    let mut group = criterion.benchmark_group("replay, recorder, 5 calls");
    group.throughput(Throughput::Elements(1));
    group.bench_function("session", |it| {
        it.to_async(&runtime).iter(|| async { replay(&world, recording.clone()).await.expect("it replays") });
    });
    group.bench_function("read and session", |it| {
        it.to_async(&runtime).iter(|| async {
            let recording = Recording::read(bytes.clone()).expect("it was read before");
            replay(&world, Arc::new(recording)).await.expect("it replays");
        });
    });
    group.finish();
    Ok(())
}

fn component() -> Result<Vec<u8>> {
    let target = std::env::var("CARGO_TARGET_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target").to_owned());
    let path = format!("{target}/guests/orders.wasm");
    std::fs::read(&path).with_context(|| format!("cannot read {path}; hint: make bench builds it"))
}

fn post(criterion: &mut Criterion, orders: &Orders, bare: &Bare) -> Result<()> {
    let runtime = runtime();
    let bytes = runtime.block_on(orders.recording(post_order()))?;
    let calls = Recording::read(bytes.clone())?.effects.len();
    ensure!(runtime.block_on(bare.call(&post_order()))?.status == 201, "the bare engine's order failed");
    let mut group = criterion.benchmark_group(format!("orders POST, {calls} calls"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("bare engine", |it| {
        it.to_async(&runtime).iter(|| async { bare.call(&post_order()).await.expect("it runs") });
    });
    group.bench_function("read and replayed", |it| {
        it.to_async(&runtime).iter(|| async {
            let recording = Recording::read(bytes.clone()).expect("it was read before");
            orders.replayed(Arc::new(recording)).await.expect("it replays");
        });
    });
    group.finish();
    Ok(())
}

fn put(criterion: &mut Criterion, orders: &Orders, bare: &Bare) -> Result<()> {
    let runtime = runtime();
    let folder = tempfile::tempdir()?;
    let mut journals = runtime.block_on(Journals::open(Destination::Spool, folder.path()))?;
    ensure!(runtime.block_on(bare.call(&put_price()))?.status == 204, "the bare engine's price failed");
    let mut group = criterion.benchmark_group("orders PUT, 1 call");
    group.throughput(Throughput::Elements(1));
    group.bench_function("bare engine", |it| {
        it.to_async(&runtime).iter(|| async { bare.call(&put_price()).await.expect("it runs") });
    });
    group.bench_function("recording off", |it| {
        it.to_async(&runtime).iter(|| async { orders.live(put_price()).await.expect("it runs") });
    });
    group.bench_function("recorded, spool", |it| {
        it.iter_custom(|count| {
            let watch = Stopwatch::start();
            for _ in 0..count {
                let (id, journal, handle) = journals.journal();
                runtime.block_on(orders.recorded(put_price(), id, journal)).expect("it runs");
                handle.into_iter().for_each(flux_store::ExecutionHandle::finish);
            }
            let took = watch.elapsed();
            runtime.block_on(journals.flush()).expect("the recordings are shipped");
            took
        });
    });
    group.finish();
    Ok(())
}

fn guests(criterion: &mut Criterion) -> Result<()> {
    let bytes = component()?;
    let orders = runtime().block_on(Orders::load(&bytes))?;
    let bare = Bare::load(&bytes)?;
    post(criterion, &orders, &bare)?;
    put(criterion, &orders, &bare)
}

fn executions(criterion: &mut Criterion) {
    recorder(criterion).expect("the recorder replays");
    guests(criterion).expect("orders runs");
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = executions
}
criterion_main!(benches);

//! Prints what recording costs the host and what shipping costs beside it.
//!
//! `cargo run --release -p flux-store --example cost [folder]`
#![expect(clippy::disallowed_methods, reason = "a stop watch is the point")]
#![expect(clippy::unwrap_used, reason = "an example that fails should say where")]

use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use flux_recorder::*;
use flux_store::{Store, StoreOptions};
use uuid::Uuid;

const EXECUTIONS: u64 = 200_000;

fn begin(index: u64) -> Begin {
    let trigger = Trigger { kind: "http".into(), name: "GET /orders".into(), input: vec![0x55; 200] };
    let id = Uuid::from_u128(
        u128::from(1_780_000_000_000 + index / 8) << 80 | 7 << 76 | u128::from(index * 0x9e37_79b9),
    );
    let (guest, engine) = (Digest([3; 32]), "wasmtime 48".into());
    Begin { id, parent: None, guest, engine, seed: [9; 32], started_ns: index, trigger }
}

fn execute(store: &Store, index: u64) {
    let begin = begin(index);
    let (journal, handle) = store.execution(begin.id);
    let mut session = Session::record(begin, journal, Arc::new(KeepAll)).unwrap();
    for _ in 0..3 {
        let Step::Execute(ticket) = session.begin::<u64>("kv.bucket.get", &("orders", "some-key")).unwrap()
        else {
            return;
        };
        session
            .finish(ticket, &"sixty-four bytes of a value that a key-value store gave back to it", 900)
            .unwrap();
    }
    session.end(End { outcome: returned(&200u16), elapsed_ns: 5_000, peak_memory: 1 << 20 }).unwrap();
    handle.finish();
}

/// Nanoseconds on a core of the threads whose name begins like this.
fn cpu(name: &str) -> u64 {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().map(|entry| entry.path());
    let named =
        threads.filter(|path| fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.starts_with(name)));
    let times = named.filter_map(|path| fs::read_to_string(path.join("schedstat")).ok());
    times.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = std::env::args().nth(1).map_or_else(|| tempfile::tempdir().unwrap().keep(), Into::into);
    let store = Store::open(&folder, StoreOptions::default()).await.unwrap();

    let (mut journal, handle) = store.execution(Uuid::from_u128(1));
    let (bytes, appends) = ([7u8; 64], 4_000_000u32);
    let start = Instant::now();
    for _ in 0..appends {
        journal.append(black_box(&bytes)).unwrap();
    }
    println!("append of 64 bytes: {:?}", start.elapsed() / appends);
    drop((journal, handle));
    store.flush().await.unwrap();

    let start = Instant::now();
    for index in 0..EXECUTIONS {
        black_box(store.execution(begin(index).id)).1.finish();
    }
    println!("open and finish, nothing appended: {:?}", start.elapsed() / EXECUTIONS as u32);

    let before = [cpu("cost"), cpu("flux-spool"), cpu("flux-shipper"), cpu("flux-records")];
    let start = Instant::now();
    for index in 0..EXECUTIONS {
        execute(&store, index);
    }
    println!("begin, 3 calls, end, finish: {:?}", start.elapsed() / EXECUTIONS as u32);
    println!("{:?}", store.spool().stats());
    store.flush().await.unwrap();
    println!("until all are shipped: {:?} each", start.elapsed() / EXECUTIONS as u32);
    for (name, before) in ["cost", "flux-spool", "flux-shipper", "flux-records"].into_iter().zip(before) {
        println!("{name}: {} ns on a core per execution", (cpu(name) - before) / EXECUTIONS);
    }
    println!(
        "records.db: {} bytes each",
        fs::metadata(folder.join("records.db")).unwrap().len() / EXECUTIONS
    );
    store.close().await.unwrap();
    fs::remove_dir_all(folder).unwrap();
}

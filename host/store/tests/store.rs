//! The store as the host uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Begin, Digest, End, KeepAll, Recording, Session, Step, Trigger, returned};
use flux_store::{Durability, Selection, SpoolOptions, Store, StoreError, StoreOptions, peek};
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

fn options() -> StoreOptions {
    let spool = SpoolOptions { segment_bytes: 256 << 10, ..SpoolOptions::default() };
    StoreOptions { spool, busy_timeout: Duration::from_millis(1), ..StoreOptions::default() }
}

fn begin(number: u64) -> Begin {
    let trigger = Trigger { kind: "job".into(), name: "mail".into(), input: vec![0] };
    let id = Uuid::from_u128(7 << 76 | u128::from(number));
    let (guest, engine) = (Digest([1; 32]), "none".into());
    Begin { id, parent: None, guest, engine, seed: [0; 32], started_ns: number, trigger }
}

fn execute(store: &Store, number: u64) -> Uuid {
    let begin = begin(number);
    let id = begin.id;
    let (journal, handle) = store.execution(id);
    let mut session = Session::record(begin, journal, Arc::new(KeepAll)).unwrap();
    let Step::Execute(ticket) = session.begin::<u64>("kv.bucket.get", &("a", "b")).unwrap() else {
        unreachable!()
    };
    session.finish(ticket, &number, 3).unwrap();
    session.end(End { outcome: returned(&Ok::<(), String>(())), elapsed_ns: 5, peak_memory: 1 }).unwrap();
    handle.finish();
    id
}

fn segments(data: &Path) -> usize {
    let names = fs::read_dir(data.join("spool")).unwrap().flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".seg")).count()
}

async fn count(store: &Store) -> usize {
    store.records().list(&Selection::default()).await.unwrap().len()
}

#[tokio::test]
async fn executions_are_shipped_and_segments_go() {
    for durability in [Durability::Process, Durability::Power, Durability::Relaxed] {
        let data = tempfile::tempdir().unwrap();
        let mut options = options();
        options.spool.durability = durability;
        let store = Store::open(data.path(), options).await.unwrap();
        let ids: Vec<_> = (0..2000).map(|number| execute(&store, number)).collect();
        store.flush().await.unwrap();
        assert_eq!(count(&store).await, 2000);
        let (summary, journal) = store.records().get(ids[7]).await.unwrap().unwrap();
        assert_eq!((&*summary.outcome, summary.calls, summary.failed), ("returned", 1, false));
        assert_eq!(Recording::read(journal).unwrap().effects.len(), 1);
        store.close().await.unwrap();
        assert_eq!(segments(data.path()), 0);
    }
}

#[tokio::test]
async fn what_a_dead_process_left_is_shipped_by_the_next() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), options()).await.unwrap();
    let (journal, handle) = store.execution(begin(5).id);
    let session = Session::record(begin(5), journal, Arc::new(KeepAll)).unwrap();
    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("spool")).unwrap();
    for entry in fs::read_dir(data.path().join("spool")).unwrap().flatten() {
        fs::copy(entry.path(), other.path().join("spool").join(entry.file_name())).unwrap();
    }
    let next = Store::open(other.path(), options()).await.unwrap();
    assert_eq!(next.recovered().executions, 1);
    next.flush().await.unwrap();
    let summary = next.records().list(&Selection::default()).await.unwrap().remove(0);
    assert_eq!((summary.id, &*summary.outcome, summary.failed), (begin(5).id, "interrupted", true));
    drop((session, handle));
    next.close().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_down_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), options()).await.unwrap();
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("records.db"));
    let mut other = connect.connect().await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let ids: Vec<_> = (0..1200).map(|number| execute(&store, number)).collect();
    let error = store.flush().await.unwrap_err();
    assert!(matches!(error, StoreError::Shipping(_)), "{error}");
    assert_eq!((store.spool().stats().waiting, count(&store).await), (1200, 0));
    let waiting = peek(&data.path().join("spool")).unwrap();
    assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), ids);
    lock.rollback().await.unwrap();
    store.flush().await.unwrap();
    assert_eq!((store.spool().stats().waiting, count(&store).await), (0, 1200));
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_store_that_stays_down_leaves_all_to_the_next_process() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), options()).await.unwrap();
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("records.db"));
    let mut other = connect.connect().await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    for number in 0..700 {
        execute(&store, number);
    }
    store.close().await.unwrap_err();
    lock.rollback().await.unwrap();
    let next = Store::open(data.path(), options()).await.unwrap();
    assert_eq!(next.recovered().executions, 700);
    next.flush().await.unwrap();
    assert_eq!(count(&next).await, 700);
    next.close().await.unwrap();
    assert_eq!(segments(data.path()), 0);
}

#[tokio::test]
async fn only_the_owner_may_read() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let store = Store::open(&data, options()).await.unwrap();
    execute(&store, 1);
    store.guests().put(b"guest").unwrap();
    store.flush().await.unwrap();
    let mut folders = vec![data];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
            }
        }
    }
    store.close().await.unwrap();
}

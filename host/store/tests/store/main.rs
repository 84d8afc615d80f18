//! The store as the host uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod follow;
mod outage;
mod support;

use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Begin, End, KeepAll, Recording, Session, Step, Trigger, returned};
use flux_store::{
    Clock, Durability, Guests, Pruning, Retention, Selection, SpoolOptions, Store, StoreError, StoreOptions,
    Target, Timeouts, peek,
};
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

use support::{Place, on_both};

fn options() -> StoreOptions {
    let spool = SpoolOptions { segment_bytes: 256 << 10, ..SpoolOptions::default() };
    let timeouts = Timeouts { busy: Duration::from_millis(1), ..Timeouts::default() };
    StoreOptions { spool, timeouts, ..StoreOptions::default() }
}

fn begin(number: u64) -> Begin {
    let trigger = Trigger { kind: "job".into(), name: "mail".into(), input: vec![0] };
    let id = Uuid::from_u128(7 << 76 | u128::from(number));
    let (guest, engine) = (Guests::digest(b"a guest"), "none".into());
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

fn execute_all(store: &Store, numbers: Range<u64>) {
    for number in numbers {
        execute(store, number);
    }
}

fn segments(data: &Path) -> usize {
    let names = fs::read_dir(data.join("spool")).unwrap().flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".seg")).count()
}

async fn count(store: &Store) -> usize {
    store.records().list(&Selection::default()).await.unwrap().len()
}

/// Into this place, or into the data folder.
fn shipping_to(place: &Place) -> StoreOptions {
    StoreOptions { target: place.url().map(|url| Target::postgres(&url).unwrap()), ..options() }
}

#[tokio::test]
async fn executions_are_shipped_and_segments_go() {
    on_both(async |place| {
        for durability in [Durability::Process, Durability::Power, Durability::Relaxed] {
            let data = tempfile::tempdir().unwrap();
            let mut options = shipping_to(place);
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
    })
    .await;
}

#[tokio::test]
async fn guests_are_known_before_anything_runs() {
    on_both(async |place| {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), shipping_to(place)).await.unwrap();
        let digest = store.keep_guest("mail", b"a guest", 5).unwrap();
        store.keep_guest("mail", b"a guest", 6).unwrap();
        store.flush().await.unwrap();
        let named = store.records().guests(None).await.unwrap();
        let named: Vec<_> =
            named.iter().map(|guest| (&*guest.name, guest.digest, guest.first_seen_ns)).collect();
        assert_eq!(named, [("mail", digest, 5)]);
        assert_eq!(store.guests().get(&digest).unwrap().unwrap(), b"a guest");
        assert_eq!(store.records().guest(digest).await.unwrap().is_some(), place.url().is_some());
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn old_executions_and_their_guests_go_by_themselves() {
    on_both(async |place| {
        let data = tempfile::tempdir().unwrap();
        let retention = Retention { max_age: Some(Duration::from_secs(1)), ..Retention::default() };
        // All of them are of 1970.
        let clock = Clock::new(|| 1_800_000_000_000_000_000);
        let pruning = Some(Pruning { retention, every: Duration::from_millis(1), clock });
        let options = || StoreOptions { pruning: pruning.clone(), ..shipping_to(place) };
        let store = Store::open(data.path(), options()).await.unwrap();
        let old = store.keep_guest("mail", b"a guest", 1).unwrap();
        let new = store.keep_guest("mail", b"its successor", 2).unwrap();
        execute_all(&store, 0..300);
        store.flush().await.unwrap();
        while count(&store).await > 0 || store.records().needs_guest(old).await.unwrap() {}
        assert_eq!(store.guests().list().unwrap().len(), 2, "what this process loaded stays");
        store.close().await.unwrap();

        let next = Store::open(data.path(), options()).await.unwrap();
        execute(&next, 300);
        next.flush().await.unwrap();
        while next.guests().list().unwrap() != [new] {
            tokio::task::yield_now().await;
        }
        next.close().await.unwrap();
    })
    .await;
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
    execute_all(&store, 0..700);
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

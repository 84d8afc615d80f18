//! Whoever follows a store sees each execution when it has ended, and once.

use std::collections::BTreeMap;

use flux_store::{Follower, Records, RecordsOptions};

use super::*;

/// An execution that has begun.
fn begun(store: &Store, number: u64) -> (Session, flux_store::ExecutionHandle) {
    let (journal, handle) = store.execution(begin(number).id);
    (Session::record(begin(number), journal, Arc::new(KeepAll)).unwrap(), handle)
}

fn end((mut session, handle): (Session, flux_store::ExecutionHandle)) {
    session.end(End { outcome: returned(&Ok::<(), String>(())), elapsed_ns: 5, peak_memory: 1 }).unwrap();
    handle.finish();
}

struct Watched {
    follower: Follower,
    records: Records,
    seen: BTreeMap<u64, usize>,
}

impl Watched {
    /// A reader of its own, as another process has it.
    async fn begin(place: &Place, data: &Path) -> Self {
        let sqlite = || Target::from(&data.join("records.db"));
        let target = place.url().map_or_else(sqlite, |url| Target::postgres(&url).unwrap());
        let records = Records::at(target, RecordsOptions::default());
        let follower = Follower::begin(&data.join("spool"), Some(&records)).await.unwrap();
        Self { follower, records, seen: BTreeMap::new() }
    }

    async fn look(&mut self) -> Vec<u64> {
        let found = self.follower.look(Some(&self.records)).await.unwrap();
        let mut numbers: Vec<_> = found.iter().map(|summary| summary.started_ns).collect();
        numbers.iter().for_each(|number| *self.seen.entry(*number).or_default() += 1);
        numbers.sort_unstable();
        numbers
    }
}

#[tokio::test]
async fn one_that_began_first_and_ended_last_is_seen_when_it_ends() {
    on_both(async |place| {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), shipping_to(place)).await.unwrap();
        execute_all(&store, 100..103);
        let long = begun(&store, 1);
        let mut watched = Watched::begin(place, data.path()).await;
        assert_eq!(watched.look().await, [] as [u64; 0], "it ended before");
        execute_all(&store, 103..106);
        assert_eq!(watched.look().await, [103, 104, 105]);
        store.flush().await.unwrap();
        assert_eq!(watched.look().await, [] as [u64; 0], "what was shipped was seen");
        execute_all(&store, 106..109);
        end(long);
        store.flush().await.unwrap();
        assert_eq!(watched.look().await, [1, 106, 107, 108], "nobody looked before they were shipped");
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn many_at_once_are_each_seen_once() {
    on_both(async |place| {
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(data.path(), shipping_to(place)).await.unwrap());
        let mut watched = Watched::begin(place, data.path()).await;
        let mut running = tokio::task::JoinSet::new();
        for part in 0..4 {
            let store = store.clone();
            running.spawn_blocking(move || {
                let long: Vec<_> = (0..20).map(|number| begun(&store, part * 10_000 + number)).collect();
                execute_all(&store, part * 10_000 + 20..part * 10_000 + 1500);
                long.into_iter().for_each(end);
            });
        }
        while !running.is_empty() {
            running.try_join_next();
            watched.look().await;
            tokio::task::yield_now().await;
        }
        store.flush().await.unwrap();
        watched.look().await;
        assert_eq!(watched.look().await, [] as [u64; 0]);
        let expected: BTreeMap<_, _> =
            (0..4).flat_map(|part| part * 10_000..part * 10_000 + 1500).map(|number| (number, 1)).collect();
        assert!(watched.seen == expected, "{} of {}", watched.seen.len(), expected.len());
        Arc::into_inner(store).unwrap().close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn while_the_store_is_down_the_spool_is_seen_and_nothing_twice_after() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), options()).await.unwrap();
    let mut watched = Watched::begin(&Place::sqlite(), data.path()).await;
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("records.db"));
    let mut other = connect.connect().await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    execute_all(&store, 0..300);
    store.flush().await.unwrap_err();
    assert_eq!(watched.look().await, (0..300).collect::<Vec<_>>());
    lock.rollback().await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(watched.look().await, [] as [u64; 0]);
    execute(&store, 300);
    store.flush().await.unwrap();
    assert_eq!(watched.look().await, [300]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_was_never_used_is_followed_from_its_first_execution_on() {
    let data = tempfile::tempdir().unwrap();
    let mut follower = Follower::begin(&data.path().join("spool"), None).await.unwrap();
    assert_eq!(follower.look(None).await.unwrap(), []);
    let store = Store::open(data.path(), options()).await.unwrap();
    execute_all(&store, 0..3);
    store.flush().await.unwrap();
    execute(&store, 3);
    let found = follower.look(Some(store.records())).await.unwrap();
    assert_eq!(found.len(), 4);
    assert_eq!(follower.look(Some(store.records())).await.unwrap(), []);
    store.close().await.unwrap();
}

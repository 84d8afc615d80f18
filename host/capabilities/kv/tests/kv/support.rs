//! A guest that calls the view, on any back end, with a clock that the test sets.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flux_cap_kv::{Backend, Kv, View};
use flux_host::bindings::flux::host::kv::{Condition, Entry, Error, HostBucket, Page, SetOptions};
use flux_host::{Capabilities, Environment, Execution, Limits};
use flux_recorder::{Begin, Digest, End, KeepAll, MemoryJournal, Recording, Session, Trigger, returned};
use flux_replay::Replay;
use wasmtime::component::Resource;

use crate::backends::backends;

/// Stands still until the test moves it. Milliseconds.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Environment for Clock {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed) * 1_000_000
    }

    fn monotonic_ns(&self) -> u64 {
        // A bucket's time passes, the execution's does not: it would reach its limit.
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Calls the view as a guest does.
pub struct Guest {
    pub execution: Execution,
    pub clock: Arc<Clock>,
}

fn bucket<T>(rep: u32) -> Resource<T> {
    Resource::new_borrow(rep)
}

impl Guest {
    pub async fn open(&mut self, label: &str) -> Result<u32, Error> {
        let opened = View(&mut self.execution).open(label.to_owned()).await.unwrap();
        opened.map(|it| it.rep())
    }

    pub async fn get(&mut self, rep: u32, key: &str) -> Result<Option<Entry>, Error> {
        View(&mut self.execution).get(bucket(rep), key.to_owned()).await.unwrap()
    }

    /// The value alone: versions are the back end's own.
    pub async fn value(&mut self, rep: u32, key: &str) -> Option<Vec<u8>> {
        self.get(rep, key).await.unwrap().map(|it| it.value)
    }

    pub async fn version(&mut self, rep: u32, key: &str) -> String {
        self.get(rep, key).await.unwrap().unwrap().version
    }

    pub async fn set_with(
        &mut self,
        rep: u32,
        key: &str,
        value: &[u8],
        options: SetOptions,
    ) -> Result<bool, Error> {
        View(&mut self.execution).set(bucket(rep), key.to_owned(), value.to_vec(), options).await.unwrap()
    }

    pub async fn set(&mut self, rep: u32, key: &str, value: &[u8]) -> Result<bool, Error> {
        self.set_with(rep, key, value, SetOptions { ttl_ms: None, only_if: None }).await
    }

    pub async fn set_if(&mut self, rep: u32, key: &str, value: &[u8], condition: Condition) -> bool {
        let options = SetOptions { ttl_ms: None, only_if: Some(condition) };
        self.set_with(rep, key, value, options).await.unwrap()
    }

    pub async fn set_for(&mut self, rep: u32, key: &str, value: &[u8], ttl_ms: u64) {
        let options = SetOptions { ttl_ms: Some(ttl_ms), only_if: None };
        assert_eq!(self.set_with(rep, key, value, options).await, Ok(true));
    }

    pub async fn delete(&mut self, rep: u32, key: &str) -> bool {
        View(&mut self.execution).delete(bucket(rep), key.to_owned()).await.unwrap().unwrap()
    }

    pub async fn increment(&mut self, rep: u32, key: &str, by: i64) -> Result<i64, Error> {
        View(&mut self.execution).increment(bucket(rep), key.to_owned(), by).await.unwrap()
    }

    pub async fn keys(&mut self, rep: u32, prefix: &str, cursor: Option<&str>, limit: u32) -> Page {
        let cursor = cursor.map(str::to_owned);
        let page = View(&mut self.execution).keys(bucket(rep), prefix.to_owned(), cursor, limit).await;
        page.unwrap().unwrap()
    }
}

/// A guest whose buckets `main` and `other` are in this back end.
pub fn guest(session: Session, backend: Arc<dyn Backend>) -> Guest {
    let clock = Arc::new(Clock::default());
    let buckets = ["main", "other"].map(|label| (label.to_owned(), Arc::clone(&backend)));
    let mut capabilities = Capabilities::default();
    capabilities.add(Kv::new(HashMap::from(buckets), clock.clone()));
    let execution = Execution::new(session, clock.clone(), Arc::new(capabilities), Limits::default());
    Guest { execution, clock }
}

pub fn live(backend: &Arc<dyn Backend>) -> Guest {
    guest(Session::live([0; 32]), Arc::clone(backend))
}

fn begin() -> Begin {
    let trigger = Trigger { kind: "test".into(), name: "kv".into(), input: vec![] };
    Begin {
        id: uuid::Uuid::nil(),
        parent: None,
        guest: Digest([0; 32]),
        engine: "none".into(),
        seed: [0; 32],
        started_ns: 0,
        trigger,
    }
}

/// Runs a script on every back end: live, recorded, and replayed with nothing to act with. All
/// answers must be the same.
pub async fn play<T: Debug + PartialEq>(script: impl AsyncFn(&mut Guest) -> T) -> T {
    let (lives, records) = (backends().await, backends().await);
    let mut answers = Vec::new();
    for ((name, one), (_, two)) in lives.each.iter().zip(&records.each) {
        let live = script(&mut live(one)).await;
        let (recorded, journal) = record(Arc::clone(two), &script).await;
        let replayed = replay(journal, &script).await;
        assert_eq!(live, recorded, "{name}: recording changed the answers");
        assert_eq!(live, replayed, "{name}: the replay has other answers");
        answers.push(live);
    }
    let last = answers.pop().unwrap();
    for answer in answers {
        assert_eq!(answer, last, "the back ends differ");
    }
    last
}

async fn record<T>(backend: Arc<dyn Backend>, script: &impl AsyncFn(&mut Guest) -> T) -> (T, Vec<u8>) {
    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut guest = guest(session, backend);
    let answer = script(&mut guest).await;
    finish(&mut guest);
    (answer, journal.bytes())
}

async fn replay<T>(journal: Vec<u8>, script: &impl AsyncFn(&mut Guest) -> T) -> T {
    let recording = Arc::new(Recording::read(journal).unwrap());
    let mut replay = Replay::by_the_same(Arc::clone(&recording));
    let session = replay.session();
    let clock = Arc::new(Clock::default());
    let execution = Execution::new(session, clock.clone(), Arc::default(), Limits::default());
    let mut guest = Guest { execution, clock };
    let answer = script(&mut guest).await;
    finish(&mut guest);
    let end = replay.report().unwrap().unwrap();
    assert_eq!((end.divergences, end.answered), (vec![], recording.effects.len()));
    answer
}

fn finish(guest: &mut Guest) {
    let end = End { outcome: returned(&200u16), elapsed_ns: 0, peak_memory: 0 };
    guest.execution.end(end).unwrap();
}

//! What every test here uses.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flux_cap_queue::*;
use flux_host::Environment;
use flux_test_services::Database;
use tokio::sync::Notify;

use crate::services::{Streams, open};

/// A clock that stands still until the test moves it.
#[derive(Default)]
pub struct Still {
    pub now_ms: AtomicU64,
    drawn: AtomicU64,
}

impl Environment for Still {
    fn now_ns(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst) * 1_000_000
    }

    fn monotonic_ns(&self) -> u64 {
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        bytes.iter_mut().rev().zip(drawn.iter().rev()).for_each(|(byte, drawn)| *byte = *drawn);
    }
}

/// A job of the queue `mail` that is tried twice.
pub fn job(id: &str, due_ms: u64) -> NewJob {
    let (queue, payload) = ("mail".to_owned(), id.as_bytes().to_vec());
    NewJob { id: id.to_owned(), queue, payload, sent_ms: 0, due_ms, max_attempts: 2, idempotency_key: None }
}

pub fn keyed(id: &str, key: &str, sent_ms: u64) -> NewJob {
    NewJob { idempotency_key: Some(key.to_owned()), sent_ms, ..job(id, sent_ms) }
}

pub fn attempt(id: &str, number: u32) -> Attempt<'_> {
    Attempt { queue: "mail", id, number }
}

pub fn retry(at_ms: u64) -> Settlement {
    Settlement::Retry { at_ms, reason: "no luck".to_owned() }
}

pub fn dead() -> Settlement {
    Settlement::Dead { reason: "gave up".to_owned() }
}

pub async fn sqlite(folder: &Path) -> Sql {
    Sql::sqlite(&folder.join("queue.db")).await.unwrap()
}

/// A back end with nothing in it, and its time.
pub struct Rig {
    pub queue: Arc<dyn Backend>,
    pub lease_ms: u64,
    // Time that is passed in passes when the test says so; JetStream counts leases and delays itself.
    own_clock: bool,
}

impl Rig {
    fn new(queue: impl Backend + 'static, lease_ms: u64, own_clock: bool) -> Self {
        Self { queue: Arc::new(queue), lease_ms, own_clock }
    }

    /// Gives the next job's id and attempt, which must be there or come by itself.
    pub async fn claim(&self, now_ms: u64) -> (String, u32) {
        let job = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                if let Some(job) = self.queue.claim("mail", now_ms).await.unwrap() {
                    return job;
                }
                assert!(self.own_clock, "no job at {now_ms}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let job = job.await.unwrap();
        assert_eq!(job.payload, job.id.as_bytes());
        assert_eq!(job.lease_until_ms, now_ms + self.lease_ms);
        (job.id, job.attempt)
    }

    /// Nothing is to be claimed.
    pub async fn nothing(&self, now_ms: u64) {
        assert_eq!(self.queue.claim("mail", now_ms).await.unwrap(), None);
    }

    /// Lets a server's own clock go on.
    pub async fn pass(&self, ms: u64) {
        if self.own_clock {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// Whether its jobs come in the order in which they are due, and its leases end when the test says so.
    pub fn exact(&self) -> bool {
        !self.own_clock
    }
}

/// Runs `expect` with each back end, empty.
pub async fn each(expect: impl AsyncFn(Rig)) {
    expect(Rig::new(Memory::default(), LEASE_MS, false)).await;
    let folder = tempfile::tempdir().unwrap();
    expect(Rig::new(sqlite(folder.path()).await, LEASE_MS, false)).await;
    if let Some(database) = Database::new().await {
        expect(Rig::new(open(&database).await, LEASE_MS, false)).await;
    }
    if let Some(streams) = Streams::new() {
        expect(Rig::new(streams.open(1000).await, 1000, true)).await;
        streams.remove().await;
    }
}

/// An event that comes sooner or later.
pub async fn within(event: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(20), event).await.unwrap();
}

/// Sends from another node until this one hears of it. What is sent before somebody listens is not heard.
pub async fn until_heard(there: &dyn Backend, here: &Notify) {
    there.send(job("0", 0)).await.unwrap();
    let send = async {
        for id in 1.. {
            tokio::time::sleep(Duration::from_millis(50)).await;
            there.send(job(&id.to_string(), 0)).await.unwrap();
        }
    };
    tokio::select! {
        () = within(here.notified()) => {}
        () = send => {}
    }
}

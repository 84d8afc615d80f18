//! Databases and streams of a test's own, on the servers of scripts/services.sh.

use std::sync::atomic::{AtomicU32, Ordering};

use flux_cap_queue::{Clock, Nats, NatsOptions, PostgresOptions, Sql};
use flux_test_services::{Database, NATS, service};
use futures_util::TryStreamExt;

/// A name that no other test has.
fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("flux_queue_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}

/// The queues in a database, with the time that a test passes in.
pub async fn open(database: &Database) -> Sql {
    let options = PostgresOptions { clock: Clock::Caller, ..PostgresOptions::default() };
    Sql::postgres(&database.url(), options).await.unwrap()
}

/// JetStream streams of the test's own.
pub struct Streams {
    url: String,
    prefix: String,
}

impl Streams {
    pub fn new() -> Option<Self> {
        Some(Self { url: service(NATS)?, prefix: unique().replace('_', "-") })
    }

    /// With a lease that a test can wait for: the server counts it.
    pub async fn open(&self, lease_ms: u64) -> Nats {
        let lease = std::time::Duration::from_millis(lease_ms);
        let options = NatsOptions { prefix: self.prefix.clone(), lease, ..NatsOptions::default() };
        Nats::open(&self.url, options).await.unwrap()
    }

    /// Publishes what is no job.
    pub async fn publish(&self, subject: &str) {
        let context = async_nats::jetstream::new(async_nats::connect(&self.url).await.unwrap());
        let subject = format!("{}.queue.{subject}", self.prefix);
        context.publish(subject, "junk".into()).await.unwrap().await.unwrap();
    }

    pub async fn remove(&self) {
        let context = async_nats::jetstream::new(async_nats::connect(&self.url).await.unwrap());
        let names: Vec<String> = context.stream_names().try_collect().await.unwrap();
        for name in names.iter().filter(|name| name.starts_with(&self.prefix)) {
            context.delete_stream(name).await.unwrap();
        }
    }
}

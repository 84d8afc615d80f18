//! Back ends that answer by the text of what they are asked: those of guests/CONFORMANCE.md.
//!
//! The capabilities above them are the real ones, and so are the boundary and the recorder; only what
//! cannot be provoked in a real store, or not twice in the same words, is scripted.

mod db;
mod kv;
mod queue;
mod server;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flux_cap_ambient::{Ambient, Settings};
use flux_cap_db::{Database, Db};
use flux_cap_fetch::{Fetch, FetchOptions, Resolver};
use flux_cap_kv::Kv;
use flux_cap_queue::{QueueConfig, Queues};
use flux_host::{Capabilities, Environment, Secret, Secrets};

pub use server::Server;
pub use values::{BEYOND_DOUBLE, BYTES, TEXT, large};

/// Time that stands still, and random numbers that are none: one for each execution.
#[derive(Debug, Default)]
pub struct Still(AtomicU64);

impl Environment for Still {
    fn now_ns(&self) -> u64 {
        1_795_241_880_123_456_789
    }

    /// An execution begins at 0, and it is late ever after.
    fn monotonic_ns(&self) -> u64 {
        self.0.swap(BEYOND_DOUBLE, Ordering::Relaxed)
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// All capabilities, with their scripted back ends.
pub fn capabilities(server: &Server) -> anyhow::Result<Capabilities> {
    let environment = || Arc::new(Still::default());
    let mut capabilities = Capabilities::default();
    capabilities.add(Ambient::new(settings(server)));
    capabilities.add(Db::new(databases()));
    let buckets = ["main", TEXT].map(|label| (label.to_owned(), Arc::new(kv::Scripted) as Arc<_>));
    capabilities.add(Kv::new(buckets.into(), environment()));
    let queues = ["jobs", "empty", TEXT, "denied", "too-large", "unavailable"];
    let queues = queues.map(|label| (label.to_owned(), QueueConfig::new(Arc::new(queue::Scripted))));
    capabilities.add(Queues::new(queues.into(), environment()));
    capabilities.add(Fetch::new(fetching()?, Arc::new(secrets()))?);
    Ok(capabilities)
}

fn databases() -> HashMap<String, Arc<dyn Database>> {
    let main: Arc<dyn Database> = Arc::new(db::Scripted { refuses: false });
    HashMap::from([
        ("main".to_owned(), main),
        ("refusing".to_owned(), Arc::new(db::Scripted { refuses: true })),
    ])
}

fn settings(server: &Server) -> Settings {
    let (url, tls) = (server.url("http"), server.url("https"));
    let config =
        [("fetch_url", url.as_str()), ("tls_url", &tls), ("plain", "value"), ("empty", ""), (TEXT, TEXT)];
    let config = config.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Settings::new(config.into(), secrets())
}

fn secrets() -> Secrets {
    let secrets = [("token", "the-token-of-the-scenario"), ("empty", "")];
    let secret = |value: &str| Secret { value: value.to_owned(), hosts: Vec::new() };
    Secrets::new(BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), secret(value)))))
}

fn fetching() -> anyhow::Result<FetchOptions> {
    let unknown = |_| Box::pin(async { Err(io::Error::other("no such host")) }) as _;
    Ok(FetchOptions {
        allow: vec!["127.0.0.1:*".parse()?, "nowhere.invalid".parse()?],
        max_response: server::TOO_LARGE - 1,
        resolver: Resolver::new(unknown),
        ..FetchOptions::default()
    })
}

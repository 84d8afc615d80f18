//! The back ends that flux.toml names, all kinds alike.

use crate::config::{Address, Config, KvConfig};

/// One table of flux.toml that keeps something, and where.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    /// The table, such as `[db.main]`.
    pub label: String,
    /// What it keeps.
    pub kind: Kind,
    /// Where.
    pub place: Store,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Database,
    Bucket,
    Queue,
    Records,
}

/// Where something is kept.
#[derive(Debug, Clone)]
pub(super) enum Store {
    /// A file, in the folder of the databases unless it is absolute.
    Sqlite(String),
    Postgres(Address),
    Redis(Address),
    Nats(Address),
    Memory,
}

/// All of them, in the order in which docs tell of them.
pub(super) fn of(config: &Config) -> Vec<Backend> {
    let mut all = Vec::new();
    let mut add = |label: String, kind, place| all.push(Backend { label, kind, place });
    for (label, db) in &config.db {
        let sqlite = || Store::Sqlite(db.sqlite.clone().unwrap_or_default());
        let place = db.postgres.clone().map_or_else(sqlite, Store::Postgres);
        add(format!("[db.{label}]"), Kind::Database, place);
    }
    for (label, bucket) in &config.kv {
        let place = match bucket {
            KvConfig::Sqlite(file) => Store::Sqlite(file.clone()),
            KvConfig::Redis(address) => Store::Redis(address.clone()),
            KvConfig::Memory(_) => Store::Memory,
        };
        add(format!("[kv.{label}]"), Kind::Bucket, place);
    }
    for (label, queue) in &config.queues {
        let place = match (&queue.postgres, &queue.nats) {
            (Some(address), _) => Store::Postgres(address.clone()),
            (None, Some(address)) => Store::Nats(address.clone()),
            (None, None) => Store::Sqlite(queue.sqlite.clone()),
        };
        add(format!("[queues.{label}]"), Kind::Queue, place);
    }
    for (name, cron) in &config.cron {
        let sqlite = || Store::Sqlite(cron.sqlite.clone());
        let place = cron.postgres.clone().map_or_else(sqlite, Store::Postgres);
        add(format!("[cron.{name}]"), Kind::Queue, place);
    }
    let records = || Store::Sqlite(format!("../{}", flux_store::RECORDS));
    let place = config.record.postgres.clone().map_or_else(records, Store::Postgres);
    add("[record]".to_owned(), Kind::Records, place);
    all
}

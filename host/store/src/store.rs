//! The data folder of a node and its record store, as one thing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Digest, Journal};
use uuid::Uuid;

use crate::error::StoreError;
use crate::guests::Guests;
use crate::private;
use crate::pruning::Pruning;
use crate::records::{Records, RecordsOptions, Target, Timeouts};
use crate::shipper::{Shipper, Shipping};
use crate::spool::{Durability, ExecutionHandle, Recovered, Spool, SpoolOptions};
use crate::summary::GuestVersion;

/// How the store is set up.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The spool.
    pub spool: SpoolOptions,
    /// The record store; none: a file in the data folder.
    pub target: Option<Target>,
    /// How long the record store is waited for.
    pub timeouts: Timeouts,
    /// How long finished executions wait for others, to be shipped together.
    pub window: Duration,
    /// What this node is called beside others that ship into the same store.
    pub node: String,
    /// What is deleted, and when; none: nothing.
    pub pruning: Option<Pruning>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            spool: SpoolOptions::default(),
            target: None,
            timeouts: Timeouts::default(),
            window: Duration::from_millis(100),
            node: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pruning: None,
        }
    }
}

/// Spool, record store and guests of one node.
#[derive(Debug)]
pub struct Store {
    spool: Spool,
    records: Records,
    guests: Arc<Guests>,
    shipper: Shipper,
    recovered: Recovered,
}

impl Store {
    /// Opens a data folder for writing. What an earlier process left is shipped in the background. A
    /// PostgreSQL server that cannot be reached is no error: it is tried again with each batch. One
    /// that refuses is.
    pub async fn open(data: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        private::create_and_tighten(data)?;
        let target = options.target.unwrap_or_else(|| Target::Sqlite(data.join(RECORDS)));
        let reading = RecordsOptions { timeouts: options.timeouts, ..RecordsOptions::default() };
        // The spool's segments are deleted after a commit: with durability `power` the commit must be
        // on the disk then.
        let synced = options.spool.durability == Durability::Power;
        // SQLite has one writer at a time; to PostgreSQL, retention has a connection of its own.
        let connections = if matches!(target, Target::Sqlite(_)) { 1 } else { 2 };
        let writing = RecordsOptions { synced, connections, ..reading.clone() };
        let guests = Arc::new(Guests::open(&data.join(GUESTS))?);
        let (spool, recovered) = Spool::open(&data.join(SPOOL), options.spool)?;
        let shipping = Shipping {
            target: target.clone(),
            options: writing,
            window: options.window,
            node: options.node,
            guests: guests.clone(),
            pruning: options.pruning,
        };
        let shipper = Shipper::start(spool.clone(), shipping).await?;
        let records = Records::at(target, reading);
        Ok(Self { spool, records, guests, shipper, recovered })
    }

    /// A journal for one execution, and the handle that says when it ended.
    pub fn execution(&self, id: Uuid) -> (Box<dyn Journal>, ExecutionHandle) {
        self.spool.execution(id)
    }

    /// Keeps a guest that has a name from `now_ns` on. The record store learns of it in the
    /// background, before the executions that it runs.
    pub fn keep_guest(&self, name: &str, bytes: &[u8], now_ns: u64) -> Result<Digest, StoreError> {
        let digest = self.guests.put(bytes)?;
        let (name, size) = (name.to_owned(), bytes.len() as u64);
        self.spool.queue().name(GuestVersion { name, digest, size, first_seen_ns: now_ns });
        Ok(digest)
    }

    /// Finished executions. Asking is an error while the record store cannot be reached.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Guests' bytes.
    pub fn guests(&self) -> &Guests {
        &self.guests
    }

    /// Where journals are before they are shipped.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Why recordings wait in the spool and are not in the record store; none if the latest were brought there.
    pub fn failing(&self) -> Option<Arc<StoreError>> {
        self.spool.queue().failing()
    }

    /// What an earlier process left.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// Ships everything that is finished. After an error the spool still keeps it.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.spool.queue().flush().await
    }

    /// Ships everything that is finished and ends. What could not be shipped is found again by the
    /// next [`open`](Self::open). The spool is free when the last handle is gone, too.
    pub async fn close(self) -> Result<(), StoreError> {
        let flushed = self.shipper.close().await;
        self.records.close().await;
        flushed
    }
}

/// The record store's file in a data folder.
pub const RECORDS: &str = "records.db";
/// The spool's folder in a data folder.
pub const SPOOL: &str = "spool";
/// The guests' folder in a data folder.
pub const GUESTS: &str = "guests";

//! The data folder of a node, as one thing.

use std::path::Path;
use std::time::Duration;

use flux_recorder::Journal;
use uuid::Uuid;

use crate::error::StoreError;
use crate::guests::Guests;
use crate::private;
use crate::records::{Records, RecordsOptions};
use crate::shipper::Shipper;
use crate::spool::{Durability, ExecutionHandle, Recovered, Spool, SpoolOptions};

/// How the store is set up.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The spool.
    pub spool: SpoolOptions,
    /// How long finished executions wait for others, to be shipped together.
    pub window: Duration,
    /// How long a statement waits for another process that writes to the record store.
    pub busy_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        let window = Duration::from_millis(100);
        Self { spool: SpoolOptions::default(), window, busy_timeout: RecordsOptions::default().busy_timeout }
    }
}

/// Spool, record store and guests of one node.
#[derive(Debug)]
pub struct Store {
    spool: Spool,
    records: Records,
    guests: Guests,
    shipper: Shipper,
    recovered: Recovered,
}

impl Store {
    /// Opens a data folder for writing. What an earlier process left is shipped in the background.
    pub async fn open(data: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        private::create_folder(data)?;
        let path = data.join(RECORDS);
        let reading = RecordsOptions { busy_timeout: options.busy_timeout, ..RecordsOptions::default() };
        // The spool's segments are deleted after a commit: with durability `power` the commit must be
        // on the disk then.
        let synced = options.spool.durability == Durability::Power;
        let writing = RecordsOptions { synced, connections: 1, ..reading.clone() };
        let guests = Guests::open(&data.join(GUESTS))?;
        let (spool, recovered) = Spool::open(&data.join(SPOOL), options.spool)?;
        let shipper = Shipper::start(spool.clone(), path.clone(), writing, options.window).await?;
        let records = Records::open_with(&path, &reading).await?;
        Ok(Self { spool, records, guests, shipper, recovered })
    }

    /// A journal for one execution, and the handle that says when it ended.
    pub fn execution(&self, id: Uuid) -> (Box<dyn Journal>, ExecutionHandle) {
        self.spool.execution(id)
    }

    /// Finished executions.
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
    pub async fn close(mut self) -> Result<(), StoreError> {
        let flushed = self.flush().await;
        // The thread was asked to flush just now: joining it is a matter of closing a file.
        self.shipper.close();
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

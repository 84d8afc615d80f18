//! From the spool to the record store, and out of it again when retention says so.
//!
//! One thread with a runtime of its own and a low priority: it competes with requests for the same
//! cores, and nobody waits for it. SQLite's thread is its child and inherits the priority.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use flux_recorder::{Digest, FormatError};
use tokio::sync::oneshot;

use crate::error::{StoreError, file};
use crate::guests::Guests;
use crate::pruning::Pruning;
use crate::records::{Records, RecordsOptions, Target};
use crate::spool::{BATCH, Batch, Execution, Queue, Spool};
use crate::summary::{GuestVersion, Shipment};

/// Journals are shipped together up to so many bytes.
const BATCH_BYTES: usize = 16 << 20;
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Added to the priority: a third of the time of what has none, where both want to run.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// How to ship, and where.
#[derive(Debug)]
pub(crate) struct Shipping {
    pub target: Target,
    pub options: RecordsOptions,
    /// How long executions wait for others.
    pub window: Duration,
    /// What the executions' rows say about who recorded them.
    pub node: String,
    /// Where the bytes of guests are.
    pub guests: Arc<Guests>,
    pub pruning: Option<Pruning>,
}

/// The thread that ships. It keeps the spool, and so its lock, until it ends after [`Queue::close`].
#[derive(Debug)]
pub(crate) struct Shipper {
    thread: Option<JoinHandle<()>>,
    queue: Arc<Queue>,
}

impl Shipper {
    /// Starts shipping what waits in `spool`. Returns when the record store is open, or known to be
    /// out of reach: then it is tried again with each batch.
    pub async fn start(spool: Spool, shipping: Shipping) -> Result<Self, StoreError> {
        let queue = spool.queue().clone();
        let (opened, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("flux-shipper".into());
        let thread = thread.spawn(move || run(spool.queue(), shipping, opened));
        let thread = Some(thread.map_err(file("start the thread of", "the shipper".as_ref()))?);
        let mut shipper = Self { thread, queue };
        match answer.await.unwrap_or(Err(StoreError::Closed)) {
            Ok(()) => Ok(shipper),
            Err(error) => {
                // The spool is free again when this returns.
                shipper.join().await;
                Err(error)
            }
        }
    }

    /// Ships everything once more, and ends the thread.
    pub async fn close(mut self) -> Result<(), StoreError> {
        let flushed = self.queue.flush_and_close().await;
        self.join().await;
        flushed
    }

    async fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            tokio::task::spawn_blocking(move || thread.join().ok()).await.ok();
        }
    }
}

impl Drop for Shipper {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn run(queue: &Queue, shipping: Shipping, opened: oneshot::Sender<Result<(), StoreError>>) {
    // The priority of this thread, on Linux; elsewhere it would be that of the process. Where it is
    // refused, shipping is only less polite.
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, NICE).ok();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return drop(opened.send(Err(file("start the runtime of", "the shipper".as_ref())(error))));
        }
    };
    runtime.block_on(async {
        let records = Records::at(shipping.target.clone(), shipping.options.clone());
        let found = records.prepare().await.or_else(|error| carry_on(&shipping.target, error));
        let usable = found.is_ok();
        opened.send(found).ok();
        if usable {
            let (caught_up, named) = Default::default();
            let route = Route { queue, records: &records, shipping: &shipping, caught_up, named };
            tokio::select! {
                () = route.ship_all() => {}
                () = route.prune_all() => {}
            }
        }
        records.close().await;
    });
}

/// A server that cannot be reached may come back; what refused will refuse again.
fn carry_on(target: &Target, error: StoreError) -> Result<(), StoreError> {
    if matches!(target, Target::Sqlite(_)) || !error.is_unreachable() {
        return Err(error);
    }
    warn(&error, "cannot reach the record store: recordings wait in the spool");
    Ok(())
}

fn warn(error: &StoreError, what: &'static str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}

/// What the thread works with.
struct Route<'r> {
    queue: &'r Queue,
    records: &'r Records,
    shipping: &'r Shipping,
    /// Whether everything was shipped that an earlier process left.
    caught_up: Cell<bool>,
    /// The guests that have a name, and the store's epoch in which it was told of all.
    named: RefCell<(Vec<GuestVersion>, u64)>,
}

impl Route<'_> {
    async fn ship_all(&self) {
        let mut pause = Duration::from_millis(100);
        let mut lost = HashSet::new();
        while let Some(batch) = self.queue.take(self.shipping.window).await {
            match self.ship(&batch, &mut lost).await {
                Ok(()) => {
                    batch.executions.iter().for_each(|execution| execution.release());
                    self.queue.done();
                    self.caught_up.set(self.caught_up.get() || batch.executions.len() < BATCH);
                    pause = Duration::from_millis(100);
                }
                Err(error) => {
                    warn(&error, "recordings wait in the spool");
                    if self.queue.put_back(batch, &Arc::new(error)) {
                        return;
                    }
                    self.queue.pause(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Ships a batch. Some of it may be in the store after an error: shipping it again is harmless.
    async fn ship(&self, batch: &Batch, lost: &mut HashSet<Digest>) -> Result<(), StoreError> {
        self.shipping.guests.restore()?;
        self.name(&batch.guests).await?;
        let mut guests: BTreeSet<_> = batch.guests.iter().map(|guest| guest.digest).collect();
        let (mut shipments, mut bytes) = (Vec::with_capacity(batch.executions.len()), 0);
        for execution in &batch.executions {
            if let Some(mut shipment) = read(self.queue, execution) {
                bytes += shipment.journal.len();
                guests.insert(shipment.summary.guest);
                shipment.summary.node.clone_from(&self.shipping.node);
                shipments.push(shipment);
            }
            if bytes > BATCH_BYTES {
                self.records.insert_batch(std::mem::take(&mut shipments)).await?;
                bytes = 0;
            }
        }
        if !shipments.is_empty() {
            self.records.insert_batch(shipments).await?;
        }
        self.bring(&guests, lost).await
    }

    /// Notes the names of guests: the new ones, or all that were ever noted in a store that was made anew.
    async fn name(&self, new: &[GuestVersion]) -> Result<(), StoreError> {
        self.records.prepare().await?;
        let epoch = self.records.epoch();
        let due = {
            let (named, known) = &mut *self.named.borrow_mut();
            // What could not be shipped comes again.
            named.extend(new.iter().filter(|guest| !named.contains(guest)).cloned().collect::<Vec<_>>());
            if *known == epoch { new.to_vec() } else { named.clone() }
        };
        for guest in due {
            self.records.name_guest(guest).await?;
        }
        self.named.borrow_mut().1 = epoch;
        Ok(())
    }

    /// Brings the bytes of guests that the store should have. It is done after the executions: from
    /// then on no other node deletes them. Until it is done the spool keeps the executions.
    async fn bring(&self, guests: &BTreeSet<Digest>, lost: &mut HashSet<Digest>) -> Result<(), StoreError> {
        for digest in self.records.missing_guests(guests).await? {
            match self.shipping.guests.get(&digest) {
                Ok(Some(bytes)) => self.records.put_guest(digest, &bytes).await?,
                // Another node may have it.
                Ok(None) if lost.insert(digest) => {
                    tracing::warn!(guest = %digest, "the record store lacks a guest that is not in the data folder");
                }
                Err(error) if lost.insert(digest) => warn(&error, "the record store lacks a guest"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes now and then what need not be kept; ends only with the thread. The store's connection
    /// is shared with [`ship_all`](Self::ship_all), which gets it between two small deletions.
    async fn prune_all(&self) {
        let Some(pruning) = &self.shipping.pruning else { return std::future::pending().await };
        loop {
            tokio::time::sleep(pruning.every).await;
            if let Err(error) = self.prune(pruning).await {
                warn(&error, "old recordings could not be deleted");
            }
        }
    }

    async fn prune(&self, pruning: &Pruning) -> Result<(), StoreError> {
        let pruned = self.records.prune(&pruning.retention, pruning.clock.now_ns()).await?;
        if pruned.executions > 0 {
            tracing::info!(pruned.executions, pruned.bytes, "old recordings were deleted");
        }
        // Before, an execution that waits may be the only one to name a guest.
        if self.caught_up.get() {
            for digest in self.shipping.guests.list()? {
                if !self.records.needs_guest(digest).await? {
                    self.shipping.guests.remove(&digest)?;
                }
            }
        }
        Ok(())
    }
}

fn read(queue: &Queue, execution: &Execution) -> Option<Shipment> {
    match Shipment::read(execution.id(), execution.bytes()) {
        Ok(shipment) => return Some(shipment),
        Err(StoreError::Journal { source: FormatError::Newer { .. }, id }) => {
            tracing::warn!(execution = %id, "a newer Flux left this recording: it stays in the spool");
            execution.leave();
        }
        // It ended before its first frame was whole: it did nothing, and nobody saw a response.
        Err(StoreError::Journal { id, .. }) => {
            tracing::debug!(execution = %id, "an execution left no record")
        }
        Err(error) => {
            tracing::warn!(%error, "a recording was given up");
            queue.count_dropped(1);
        }
    }
    None
}

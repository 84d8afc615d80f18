//! From the spool to the record store.
//!
//! One thread with a runtime of its own and a low priority: it competes with requests for the same
//! cores, and nobody waits for it. SQLite's thread is its child and inherits the priority.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use flux_recorder::FormatError;
use tokio::sync::oneshot;

use crate::error::{StoreError, file};
use crate::records::{Records, RecordsOptions, Shipment};
use crate::spool::{Execution, Queue, Spool};

/// Journals are shipped together up to so many bytes.
const BATCH_BYTES: usize = 16 << 20;
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Added to the priority: a third of the time of what has none, where both want to run.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// The thread that ships. It keeps the spool, and so its lock, until it ends after [`Queue::close`].
#[derive(Debug)]
pub(crate) struct Shipper {
    thread: Option<JoinHandle<()>>,
    queue: Arc<Queue>,
}

impl Shipper {
    /// Starts shipping what waits in `spool`. Returns when the record store is open.
    pub async fn start(
        spool: Spool,
        path: PathBuf,
        options: RecordsOptions,
        window: Duration,
    ) -> Result<Self, StoreError> {
        let queue = spool.queue().clone();
        let (opened, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("flux-shipper".into()).spawn({
            let path = path.clone();
            move || run(spool.queue(), path, &options, window, opened)
        });
        let thread = Some(thread.map_err(file("start the thread for", &path))?);
        let shipper = Self { thread, queue };
        answer.await.map_err(|_| StoreError::Closed)??;
        Ok(shipper)
    }

    /// Ends the thread, after a last attempt to ship everything. Blocks until then.
    pub fn close(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Shipper {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn run(
    queue: &Queue,
    path: PathBuf,
    options: &RecordsOptions,
    window: Duration,
    opened: oneshot::Sender<Result<(), StoreError>>,
) {
    // The priority of this thread, on Linux; elsewhere it would be that of the process. Where it is
    // refused, shipping is only less polite.
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, NICE).ok();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(opened.send(Err(file("start the runtime for", &path)(error)))),
    };
    runtime.block_on(async {
        match Records::open_with(&path, options).await {
            Ok(records) => {
                opened.send(Ok(())).ok();
                ship_all(queue, &records, window).await;
                records.close().await;
            }
            Err(error) => drop(opened.send(Err(error))),
        }
    });
}

async fn ship_all(queue: &Queue, records: &Records, window: Duration) {
    let mut pause = Duration::from_millis(100);
    while let Some(batch) = queue.take(window).await {
        match ship(queue, records, &batch).await {
            Ok(()) => {
                batch.iter().for_each(|execution| execution.release());
                queue.done();
                pause = Duration::from_millis(100);
            }
            Err(error) => {
                let error = Arc::new(error);
                tracing::warn!(%error, cause = ?std::error::Error::source(&*error), "recordings wait in the spool");
                if queue.put_back(batch, &error) {
                    return;
                }
                queue.pause(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Ships a batch. Some of it may be in the store after an error: shipping it again is harmless.
async fn ship(queue: &Queue, records: &Records, batch: &[Arc<Execution>]) -> Result<(), StoreError> {
    let (mut shipments, mut bytes) = (Vec::with_capacity(batch.len()), 0);
    for execution in batch {
        if let Some(shipment) = read(queue, execution) {
            bytes += shipment.journal.len();
            shipments.push(shipment);
        }
        if bytes > BATCH_BYTES {
            records.insert_batch(std::mem::take(&mut shipments)).await?;
            bytes = 0;
        }
    }
    if shipments.is_empty() { Ok(()) } else { records.insert_batch(shipments).await }
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

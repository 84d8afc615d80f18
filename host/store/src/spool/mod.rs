//! The node's own append-only area, where journals are safe before anybody sees a response.
//!
//! Files of a fixed size in one folder, preallocated and mapped. A journal's bytes are copied into
//! the shared mapping: from then on they are the operating system's, without a system call, and
//! `kill -9` takes nothing. Executions write side by side, each into *runs* of its own, reserved by
//! one atomic addition; `layout.rs` describes the bytes.
//!
//! What was decided against:
//! - One file per execution: creating and deleting it costs more than all of its appends.
//! - One log with a lock and `write`: a system call per append, and executions wait for each other.
//! - io_uring: the bytes are the kernel's only after it took the submission, which is a system call
//!   again; and a pool of registered buffers is this mapping, with more parts.
//! - One run per append: a header each, and recovery would have to sort every frame.
//!
//! A segment's file is deleted when all of its runs were shipped. What a dead process left is found
//! by [`Spool::open`] and waits to be shipped like everything else; other processes can look at it
//! with [`peek`].

mod claim;
mod disk;
mod execution;
mod full;
mod handle;
mod home;
mod layout;
mod lock;
mod maker;
mod mapping;
mod options;
mod peek;
mod queue;
mod recover;
mod roll;
mod run;
mod segment;
mod shared;
mod sync;
#[cfg(test)]
mod tests;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flux_recorder::Journal;
use uuid::Uuid;

pub(crate) use execution::Execution;
pub use handle::ExecutionHandle;
pub use options::{Durability, Full, Recovered, SpoolOptions, SpoolStats};
pub use peek::{Peeked, peek};
pub(crate) use queue::{BATCH, Batch, Queue};
pub use watch::SpoolWatch;

use crate::error::StoreError;
use crate::private;
use disk::Disk;
use lock::Lock;
use roll::Roller;
use segment::Space;
use shared::Shared;
use sync::Syncer;

/// The node's own append-only area, where journals are safe before anybody sees a response. Clones
/// are the same spool.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Shared>);

impl Spool {
    /// Opens the spool in a folder, which is made if it is missing, and finds what was left in it.
    pub fn open(dir: &Path, options: SpoolOptions) -> Result<(Self, Recovered), StoreError> {
        Self::open_on(Disk::new(dir), dir, options)
    }

    fn open_on(disk: Disk, dir: &Path, options: SpoolOptions) -> Result<(Self, Recovered), StoreError> {
        private::create_folder(dir)?;
        let lock = Lock::take(dir)?;
        let space = Arc::new(Space::new(options.max_bytes, Arc::new(disk)));
        let leftovers = recover::recover(lock.home(), &space)?;
        let queue = Arc::new(Queue::default());
        leftovers.executions.into_iter().for_each(|execution| queue.push(execution));
        let durable = options.durability == Durability::Power;
        let syncer = durable.then(|| Syncer::start(dir, space.disk())).transpose()?;
        let roller = Roller::start(dir, options.segment_bytes, leftovers.next_number, space, lock)?;
        let refused = AtomicU64::new(0);
        let shared = Shared { options, queue, syncer, refused, roller };
        Ok((Self(Arc::new(shared)), leftovers.recovered))
    }

    /// A journal for one execution, and the handle that says when it ended. Takes nothing from the
    /// spool before the first append.
    pub fn execution(&self, id: Uuid) -> (Box<dyn Journal>, ExecutionHandle) {
        handle::start(&self.0, id)
    }

    /// The spool as it is.
    pub fn stats(&self) -> SpoolStats {
        let (waiting, dropped) = self.0.queue.counts();
        let refused = self.0.refused.load(Ordering::Relaxed);
        let (space, options) = (self.0.roller.space(), &self.0.options);
        let full = options.full == Full::Refuse && !space.has_room(options.segment_bytes as u64);
        let (poisoned, failing) = (space.disk().poisoned(), space.disk().is_failing());
        SpoolStats { bytes: space.taken(), waiting, dropped, refused, full, poisoned, failing }
    }

    /// Whether the disk takes what it must. After a failure each question has the disk tried anew, in
    /// the background, so that the next one may be answered otherwise.
    pub fn is_durable(&self) -> bool {
        let failing = self.0.roller.space().disk().is_failing();
        if let Some(syncer) = self.0.syncer.as_ref().filter(|_| failing) {
            syncer.probe();
        }
        !failing
    }

    /// Why the spool has no further segment, such as that the disk is full or that another process has its folder. The
    /// disk is tried anew after each question, in the background.
    pub fn lacking(&self) -> Option<String> {
        self.0.roller.lacking()
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.0.queue
    }
}

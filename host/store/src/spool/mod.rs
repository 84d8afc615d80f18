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
mod layout;
mod lock;
mod peek;
mod queue;
mod recover;
mod roll;
mod run;
mod segment;
mod sync;
#[cfg(test)]
mod tests;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flux_recorder::{AppendError, Journal};
use uuid::Uuid;

pub(crate) use execution::Execution;
pub use execution::ExecutionHandle;
pub use peek::{Peeked, peek};
pub(crate) use queue::{BATCH, Batch, Queue};
pub use watch::SpoolWatch;

use crate::error::StoreError;
use crate::private;
use disk::Disk;
use layout::{GRAIN, HEADER, MAX_RUN, RunHeader};
use lock::Lock;
use roll::Roller;
use run::RunWriter;
use segment::Space;
use sync::Syncer;

/// When an execution's bytes are safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// Each append is in the operating system's hands when it returns: `kill -9` loses nothing.
    #[default]
    Process,
    /// The same, and [`ExecutionHandle::durable`] waits until the disk has it.
    Power,
    /// In memory until the execution is finished, after the response.
    Relaxed,
}

/// What happens when the spool is at its bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Full {
    /// Appends fail, so executions that cannot be recorded do not act.
    #[default]
    Refuse,
    /// The oldest finished successes that wait are dropped, and counted. Failures are kept.
    DropOldest,
}

/// How the spool is set up: `[record]` in flux.toml.
#[derive(Debug, Clone)]
pub struct SpoolOptions {
    /// The size of a segment.
    pub segment_bytes: usize,
    /// The bound of all segments together.
    pub max_bytes: u64,
    /// When bytes are safe.
    pub durability: Durability,
    /// What happens at the bound.
    pub full: Full,
}

impl Default for SpoolOptions {
    fn default() -> Self {
        let (durability, full) = (Durability::default(), Full::default());
        Self { segment_bytes: 8 << 20, max_bytes: 1 << 30, durability, full }
    }
}

/// What an earlier process left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Executions that wait to be shipped again. Those without an end count as interrupted.
    pub executions: u64,
    /// Segments that they were found in.
    pub segments: u64,
    /// Stretches of bytes that are neither runs nor empty: damage, of the disk most likely.
    pub damaged: u64,
}

/// The spool as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpoolStats {
    /// What its files take.
    pub bytes: u64,
    /// Executions that ended and were not shipped yet.
    pub waiting: u64,
    /// Executions whose record was given up, since this process started.
    pub dropped: u64,
    /// Appends that were refused, since this process started.
    pub refused: u64,
    /// Whether it is at its bound, and what does not fit into its last segment is refused.
    pub full: bool,
    /// Segments that the disk did not take, since this process started. Only durability `power` knows.
    pub poisoned: u64,
    /// Whether the disk refused the last bytes that it was to take.
    pub failing: bool,
}

/// The node's own append-only area, where journals are safe before anybody sees a response. Clones
/// are the same spool.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: SpoolOptions,
    roller: Roller,
    queue: Arc<Queue>,
    syncer: Option<Syncer>,
    refused: AtomicU64,
    /// Given up last: whoever gets it next may find all files as they will stay.
    _lock: Lock,
}

impl Spool {
    /// Opens the spool in a folder, which is made if it is missing, and finds what was left in it.
    pub fn open(dir: &Path, options: SpoolOptions) -> Result<(Self, Recovered), StoreError> {
        Self::open_on(Disk::new(dir), dir, options)
    }

    fn open_on(disk: Disk, dir: &Path, options: SpoolOptions) -> Result<(Self, Recovered), StoreError> {
        private::create_folder(dir)?;
        let lock = Lock::take(dir)?;
        let space = Arc::new(Space::new(options.max_bytes, Arc::new(disk)));
        let leftovers = recover::recover(dir, &space)?;
        let queue = Arc::new(Queue::default());
        leftovers.executions.into_iter().for_each(|execution| queue.push(execution));
        let durable = options.durability == Durability::Power;
        let syncer = durable.then(|| Syncer::start(dir, space.disk())).transpose()?;
        let roller = Roller::start(dir, options.segment_bytes, leftovers.next_number, space)?;
        let refused = AtomicU64::new(0);
        let shared = Shared { options, roller, queue, syncer, refused, _lock: lock };
        Ok((Self(Arc::new(shared)), leftovers.recovered))
    }

    /// A journal for one execution, and the handle that says when it ended. Takes nothing from the
    /// spool before the first append.
    pub fn execution(&self, id: Uuid) -> (Box<dyn Journal>, ExecutionHandle) {
        execution::start(&self.0, id)
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

    /// Why the disk gives the spool no further segment, such as that it is full. The disk is tried anew after each
    /// question, in the background.
    pub fn lacking(&self) -> Option<String> {
        self.0.roller.lacking()
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.0.queue
    }
}

impl Shared {
    /// A run for an append of `wanted` bytes, or for the first gigabyte of it.
    fn run(&self, id: Uuid, index: u32, wanted: usize) -> Result<RunWriter, AppendError> {
        let length = run_length(index, wanted);
        let header = RunHeader { length: length as u32, id, index };
        // A large append has a segment of its own: it would only leave a hole in the current one.
        if length > self.options.segment_bytes / 4 {
            let segment = self.make_room(|| self.roller.dedicated(length + GRAIN))?;
            return RunWriter::begin(&segment, header)
                .ok_or_else(|| AppendError("a segment has no room".into()));
        }
        loop {
            let segment = self.roller.current();
            if let Some(segment) = &*segment
                && !segment.is_poisoned()
                && let Some(writer) = RunWriter::begin(segment, header)
            {
                return Ok(writer);
            }
            self.make_room(|| self.roller.roll(segment.as_ref()))?;
        }
    }

    /// Tries to get a segment, and drops what may be dropped if the bound is in the way.
    fn make_room<T>(
        &self,
        mut attempt: impl FnMut() -> std::io::Result<Option<T>>,
    ) -> Result<T, AppendError> {
        let mut settled = false;
        loop {
            match attempt() {
                Ok(Some(got)) => return Ok(got),
                Ok(None) if !settled => {
                    self.roller.settle();
                    settled = true;
                }
                Ok(None) if self.options.full == Full::DropOldest && full::drop_oldest(self) => {}
                Ok(None) => {
                    return Err(self.refuse(format!(
                        "the spool is full: {} bytes of recordings wait for the record store, \
                     and `spool-max` under `[record]` in flux.toml allows {}",
                        self.roller.space().taken(),
                        self.options.max_bytes
                    )));
                }
                Err(error) => return Err(self.refuse(format!("no new spool segment: {error}"))),
            }
        }
    }

    fn refuse(&self, why: String) -> AppendError {
        self.refused.fetch_add(1, Ordering::Relaxed);
        AppendError(why)
    }
}

/// The first run fits most executions whole; later ones grow, so that long journals have few.
fn run_length(index: u32, wanted: usize) -> usize {
    let room = 600; // What usually follows a first append: a call or two, the end.
    let least =
        if index == 0 { 1024.max(HEADER + wanted + room) } else { 2048 << index.min(6).saturating_sub(1) };
    let length = least.max(HEADER + wanted).min(MAX_RUN);
    length.next_multiple_of(GRAIN)
}

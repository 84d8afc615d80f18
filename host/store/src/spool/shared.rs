//! What the executions of a spool have in common: room for the next bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flux_recorder::AppendError;
use uuid::Uuid;

use super::full;
use super::layout::{GRAIN, HEADER, MAX_RUN, RunHeader};
use super::options::{Full, SpoolOptions};
use super::queue::Queue;
use super::roll::Roller;
use super::run::RunWriter;
use super::sync::Syncer;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: SpoolOptions,
    pub(super) queue: Arc<Queue>,
    pub(super) syncer: Option<Syncer>,
    pub(super) refused: AtomicU64,
    /// Given up last, for it has the lock: whoever gets that next may find all files as they will stay.
    pub(super) roller: Roller,
}

impl Shared {
    /// A run for an append of `wanted` bytes, or for the first gigabyte of it.
    pub(super) fn run(&self, id: Uuid, index: u32, wanted: usize) -> Result<RunWriter, AppendError> {
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
                && segment.takes()
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
                Ok(None)
                    if self.options.full == Full::DropOldest
                        && full::drop_oldest(&self.options, &self.roller, &self.queue) => {}
                Ok(None) => {
                    return Err(self.refuse(format!(
                        "the spool is full: {} bytes of recordings wait for the record store, \
                     and `spool-max` under `[record]` in flux.toml allows {}",
                        self.roller.space().taken(),
                        self.options.max_bytes
                    )));
                }
                Err(error) => return Err(self.refuse(self.roller.lacks(&error))),
            }
        }
    }

    /// Counts an append that fails, and says why.
    pub(super) fn refuse(&self, why: String) -> AppendError {
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

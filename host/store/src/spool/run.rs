//! The only two ways into the shared memory of a segment: [`RunWriter`] and [`Run`].
//!
//! All unsafe code of the crate is in this file and in `mapping.rs`. It rests on three facts:
//! - `Mapping::reserve` gives every range to one [`RunWriter`] only, and a writer cannot be cloned;
//! - payload below `used` is never written again, and `used` is published after the bytes;
//! - `used` and `state` are only ever touched as atomics.
//!
//! The steps behind the first two are in `claim.rs`, where loom tries them in every order.
//!
//! Other processes could write to the file. Its mode is 0600, a lock keeps other Flux processes
//! out, and nothing here trusts a byte of it: lengths are bounded, frames have checksums.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::claim::{publish, published};
use super::layout::{FIXED, Found, GRAIN, HEADER, RunHeader, STATE_AT, USED_AT};
use super::segment::Segment;

/// Bytes of one execution: what was published can be read while its writer goes on.
#[derive(Debug, Clone)]
pub(super) struct Run {
    segment: Arc<Segment>,
    at: usize,
    length: usize,
}

impl Run {
    /// A run of a segment that an earlier process left; none if it is not within the segment.
    pub fn leftover(segment: &Arc<Segment>, found: &Found) -> Option<Self> {
        let mapping = segment.mapping();
        let length = (found.header.length as usize).min(mapping.len().checked_sub(found.at)?);
        let usable = mapping.is_leftover() && length >= HEADER && found.at.is_multiple_of(GRAIN);
        usable.then(|| Self { segment: segment.clone(), at: found.at, length })
    }

    /// Appends what was published.
    pub fn read(&self, out: &mut Vec<u8>) {
        let mapping = self.segment.mapping();
        let used = published(mapping.atomic(self.at + USED_AT)) as usize;
        let used = used.min(self.length - HEADER);
        // SAFETY: `at + length` is within the mapping since this run was made. Bytes below `used`
        // were written before the release store that was just acquired, and are never written
        // again; in a leftover segment nobody writes payload at all.
        out.extend_from_slice(unsafe {
            std::slice::from_raw_parts(mapping.start().add(self.at + HEADER).cast_const(), used)
        });
    }

    /// Notes how far the execution is. A segment that the disk did not take stays as it is: after a
    /// crash it is read as far as it got there.
    pub fn set_state(&self, state: u32) {
        if self.segment.is_poisoned() {
            return;
        }
        self.segment.mapping().atomic(self.at + STATE_AT).store(state, Ordering::Release);
    }

    /// The segment that it lies in.
    pub fn segment(&self) -> &Arc<Segment> {
        &self.segment
    }
}

/// The right to write one run.
#[derive(Debug)]
pub(super) struct RunWriter {
    run: Run,
    used: usize,
}

impl RunWriter {
    /// Reserves a run and writes its header; none if the segment has no room left.
    pub fn begin(segment: &Arc<Segment>, header: RunHeader) -> Option<Self> {
        let length = header.length as usize;
        assert!(length >= GRAIN && length.is_multiple_of(GRAIN));
        let at = segment.mapping().reserve(length)?;
        let writer = Self { run: Run { segment: segment.clone(), at, length }, used: 0 };
        let fixed: [u8; FIXED] = header.write(segment.number(), at);
        writer.write(0, &fixed);
        Some(writer)
    }

    /// Writes as much of `bytes` as fits and publishes it. Returns how much that was.
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        let length = bytes.len().min(self.run.length - HEADER - self.used);
        self.write(HEADER + self.used, &bytes[..length]);
        self.used += length;
        publish(self.run.segment.mapping().atomic(self.run.at + USED_AT), self.used as u32);
        length
    }

    /// What others may have of it.
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.run.length);
        let start = self.run.at + at;
        // SAFETY: within the run, as asserted, and the run is within the mapping since it was
        // reserved. This writer alone may write there, and no reader looks beyond `used`: `begin`
        // writes the header before anybody else knows the run, `append` writes from `used` on.
        unsafe {
            let to = self.run.segment.mapping().start().add(start);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
    }
}

//! A segment's bytes, shared with the operating system: who reserves a part of them, and how it is reached.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize};

use memmap2::MmapRaw;

use super::claim::claim;
use super::layout::GRAIN;

/// A segment's bytes, mapped and shared.
#[derive(Debug)]
pub(super) struct Mapping {
    raw: MmapRaw,
    /// Where the next run begins. Beyond the end once the segment is full.
    next: AtomicUsize,
    /// Left by an earlier process: nobody writes payload here.
    leftover: bool,
}

impl Mapping {
    /// Maps a new segment, for writing.
    pub fn new(file: &File) -> io::Result<Self> {
        let raw = MmapRaw::map_raw(file)?;
        Ok(Self { raw, next: AtomicUsize::new(GRAIN), leftover: false })
    }

    /// Maps a segment that an earlier process left: for reading, and to mark runs as shipped.
    pub fn leftover(file: &File) -> io::Result<Self> {
        let raw = MmapRaw::map_raw(file)?;
        let next = AtomicUsize::new(raw.len());
        Ok(Self { raw, next, leftover: true })
    }

    /// Touches all pages, so that no execution has to wait for them.
    pub fn populate(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        self.raw.advise(memmap2::Advice::PopulateWrite)?;
        Ok(())
    }

    /// Bytes that nobody else gets; none if the segment has no room left.
    pub fn reserve(&self, length: usize) -> Option<usize> {
        claim(&self.next, length, self.raw.len())
    }

    /// The place of a run's `used` or `state`.
    pub fn atomic(&self, at: usize) -> &AtomicU32 {
        assert!(at + 4 <= self.raw.len() && at.is_multiple_of(4));
        // SAFETY: in bounds and aligned, as asserted, because the mapping itself is page-aligned.
        // It lives as long as `self`. Callers pass the place of a run's `used` or `state`, which
        // nobody touches but through this function.
        unsafe { AtomicU32::from_ptr(self.raw.as_mut_ptr().add(at).cast()) }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether an earlier process left it.
    pub fn is_leftover(&self) -> bool {
        self.leftover
    }

    /// Its first byte. What lies behind it may be shared: see `run.rs`.
    pub fn start(&self) -> *mut u8 {
        self.raw.as_mut_ptr()
    }
}

//! The bytes of a segment file.
//!
//! A segment begins with [`GRAIN`] bytes of which the first twelve are magic and version. Runs
//! follow, each a multiple of [`GRAIN`] long and aligned to it:
//!
//! ```text
//!  0  magic 'run1'       4 bytes
//!  4  length of the run  u32, header included
//!  8  execution          16 bytes
//! 24  index of the run   u32: 0, 1, 2 … within its execution
//! 28  CRC-32C            of bytes 0..28, seeded with the segment's number and the run's offset
//! 32  used               u32, bytes of payload that are whole; grows while the run is written
//! 36  state              u32: 0 open, 1 finished, 2 shipped
//! 40  payload
//! ```
//!
//! Numbers are little-endian. The checksum's seed is why payload that happens to look like a run, a
//! recorded request that carries a copy of a segment for example, is never taken for one. A
//! run that was reserved and never begun is zeros, and a reader walks on by [`GRAIN`].

use uuid::Uuid;

/// The index of a moved execution's only run: see `full.rs`.
pub(super) const MOVED: u32 = u32::MAX;
/// What runs are a multiple of. Small, because most executions leave less than a kilobyte.
pub(super) const GRAIN: usize = 256;
/// The length of a run's header.
pub(super) const HEADER: usize = 40;
/// The part of the header that never changes.
pub(super) const FIXED: usize = 32;
/// Where `used` stands in a run.
pub(super) const USED_AT: usize = 32;
/// Where `state` stands in a run.
pub(super) const STATE_AT: usize = 36;
/// The execution is still running, or its process died.
pub(super) const OPEN: u32 = 0;
/// The host said that it ended.
pub(super) const FINISHED: u32 = 1;
/// The record store has it.
pub(super) const SHIPPED: u32 = 2;
/// Raised when an old reader would misread new segments.
pub(super) const VERSION: u32 = 1;
/// The longest run: `used` is 32 bits wide.
pub(super) const MAX_RUN: usize = 1 << 30;

const SEGMENT_MAGIC: [u8; 8] = *b"fluxspol";
const RUN_MAGIC: [u8; 4] = *b"run1";

/// The first bytes of a segment.
pub(super) fn segment_header() -> [u8; 12] {
    let mut header = [0; 12];
    header[..8].copy_from_slice(&SEGMENT_MAGIC);
    header[8..].copy_from_slice(&VERSION.to_le_bytes());
    header
}

/// A segment's version; none if it does not begin like one. Such a file is scanned all the same:
/// runs carry their own checksums.
pub(super) fn segment_version(bytes: &[u8]) -> Option<u32> {
    (bytes.get(..8)? == SEGMENT_MAGIC).then(|| number(bytes, 8)).flatten()
}

/// The part of a run's header that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunHeader {
    /// How long the run is, header included.
    pub length: u32,
    /// Whose it is.
    pub id: Uuid,
    /// Which of its runs it is.
    pub index: u32,
}

impl RunHeader {
    /// Its bytes, for a run at `at` of that segment.
    pub fn write(&self, segment: u64, at: usize) -> [u8; FIXED] {
        let mut header = [0; FIXED];
        header[..4].copy_from_slice(&RUN_MAGIC);
        header[4..8].copy_from_slice(&self.length.to_le_bytes());
        header[8..24].copy_from_slice(self.id.as_bytes());
        header[24..28].copy_from_slice(&self.index.to_le_bytes());
        let checksum = checksum(&header[..28], segment, at);
        header[28..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    /// Reads the first bytes of what may be a run at `at` of that segment.
    pub fn read(head: &[u8], segment: u64, at: usize) -> Option<Self> {
        let header = head.get(..HEADER)?;
        let intact = header[..4] == RUN_MAGIC && number(header, 28)? == checksum(&header[..28], segment, at);
        let length = number(header, 4)?;
        let plausible = length as usize >= GRAIN && (length as usize).is_multiple_of(GRAIN);
        let id = Uuid::from_slice(&header[8..24]).ok()?;
        (intact && plausible).then_some(Self { length, id, index: number(header, 24)? })
    }
}

fn checksum(bytes: &[u8], segment: u64, at: usize) -> u32 {
    let seed = crc32c::crc32c_append(segment as u32 ^ (segment >> 32) as u32, &(at as u64).to_le_bytes());
    crc32c::crc32c_append(seed, bytes)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A run that a scan found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Where it begins.
    pub at: usize,
    /// Its header.
    pub header: RunHeader,
    /// How much of its payload is there, as far as the file reaches.
    pub used: usize,
    /// Open, finished or shipped.
    pub state: u32,
}

impl Found {
    /// Whether its payload is full: only then can another run go on where it ends.
    pub fn is_full(&self) -> bool {
        self.used == self.header.length as usize - HEADER
    }
}

/// Finds the runs of a segment, and counts the stretches that hold something else.
pub(super) fn scan(segment: u64, bytes: &[u8]) -> (Vec<Found>, u64) {
    let (mut found, mut damaged, mut in_damage) = (Vec::new(), 0, false);
    let mut at = GRAIN;
    while at + HEADER <= bytes.len() {
        if let Some(header) = RunHeader::read(&bytes[at..], segment, at) {
            found.push(found_at(&bytes[at..], at, header, bytes.len() - at));
            at += header.length as usize;
            in_damage = false;
        } else {
            let zeros = bytes[at..at + HEADER].iter().all(|byte| *byte == 0);
            damaged += u64::from(!zeros && !in_damage);
            in_damage = !zeros || in_damage;
            at += GRAIN;
        }
    }
    (found, damaged)
}

/// A run as its first bytes say, with `room` bytes from `at` to the end of the file.
pub(super) fn found_at(head: &[u8], at: usize, header: RunHeader, room: usize) -> Found {
    let capacity = (header.length as usize).min(room).saturating_sub(HEADER);
    let used = number(head, USED_AT).unwrap_or(0) as usize;
    let state = number(head, STATE_AT).unwrap_or(OPEN);
    Found { at, header, used: used.min(capacity), state }
}

//! The lock-free steps by which executions share a segment: claiming a range, and publishing what was
//! written into it.
//!
//! They are apart from the memory that they guard, and generic over the atomics, so that the test below
//! runs these very functions under loom: in every order that the memory model allows, with the payload as
//! cells that report a read or a write which nothing orders.
//!
//! Loom cannot model the rest of the path. The mapping is memory of the kernel that another process may
//! read: loom's cells live in one process. The current segment is swapped by `arc-swap`, whose atomics are
//! the standard library's. A segment's count of unshipped runs needs no model: it is read in `drop`, when
//! nobody else has the segment. Miri cannot map a file.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// The place where the next range begins.
pub(super) trait Counter {
    /// Adds, and returns what was there.
    fn add(&self, value: usize, order: Ordering) -> usize;
}

/// How much of a range others may read.
pub(super) trait Mark {
    /// Reads it.
    fn load(&self, order: Ordering) -> u32;
    /// Writes it.
    fn store(&self, value: u32, order: Ordering);
}

impl Counter for AtomicUsize {
    fn add(&self, value: usize, order: Ordering) -> usize {
        self.fetch_add(value, order)
    }
}

impl Mark for AtomicU32 {
    fn load(&self, order: Ordering) -> u32 {
        self.load(order)
    }

    fn store(&self, value: u32, order: Ordering) {
        self.store(value, order);
    }
}

/// Claims a range of `length` bytes for the caller alone; none if it does not end within `capacity`.
pub(super) fn claim(next: &impl Counter, length: usize, capacity: usize) -> Option<usize> {
    // Relaxed: no bytes are handed over with a range, and one place gives each of them once.
    let at = next.add(length, Ordering::Relaxed);
    at.checked_add(length).filter(|end| *end <= capacity).map(|_| at)
}

/// Lets others read the first `used` bytes of the payload. They are never written again.
pub(super) fn publish(mark: &impl Mark, used: u32) {
    mark.store(used, Ordering::Release);
}

/// How many bytes of the payload may be read.
pub(super) fn published(mark: &impl Mark) -> u32 {
    mark.load(Ordering::Acquire)
}

#[cfg(test)]
mod tests {
    use loom::cell::UnsafeCell;
    use loom::sync::{Arc, atomic};

    use super::*;

    impl Counter for atomic::AtomicUsize {
        fn add(&self, value: usize, order: Ordering) -> usize {
            self.fetch_add(value, order)
        }
    }

    impl Mark for atomic::AtomicU32 {
        fn load(&self, order: Ordering) -> u32 {
            self.load(order)
        }

        fn store(&self, value: u32, order: Ordering) {
            self.store(value, order);
        }
    }

    const RUN: usize = 2;

    /// A segment with room for two runs of two bytes.
    #[derive(Default)]
    struct Segment {
        next: atomic::AtomicUsize,
        marks: [atomic::AtomicU32; 2],
        bytes: [UnsafeCell<u8>; 2 * RUN],
    }

    impl Segment {
        /// What `RunWriter` does: a byte, published, and another.
        fn write(&self, byte: u8) -> Option<usize> {
            let at = claim(&self.next, RUN, self.bytes.len())?;
            for used in 0..RUN {
                // SAFETY: loom checks what this test is about, that nobody else is at this byte.
                self.bytes[at + used].with_mut(|to| unsafe { *to = byte });
                publish(&self.marks[at / RUN], used as u32 + 1);
            }
            Some(at)
        }

        /// What `Run::read` does.
        fn read(&self, run: usize) -> Vec<u8> {
            let used = published(&self.marks[run]) as usize;
            let bytes = self.bytes[run * RUN..][..used].iter();
            // SAFETY: as above.
            bytes.map(|byte| byte.with(|from| unsafe { *from })).collect()
        }
    }

    #[test]
    fn runs_are_claimed_once_and_read_as_they_were_written() {
        loom::model(|| {
            let segment = Arc::new(Segment::default());
            let writers = [1, 2].map(|byte| {
                let segment = segment.clone();
                loom::thread::spawn(move || segment.write(byte))
            });
            for run in 0..2 {
                let seen = segment.read(run);
                assert!(seen.iter().all(|byte| *byte == seen[0] && *byte != 0), "{seen:?}");
            }
            let mut claimed = writers.map(|writer| writer.join().unwrap());
            claimed.sort_unstable();
            assert_eq!(claimed, [Some(0), Some(RUN)]);
            assert_eq!(segment.write(3), None, "it is full");
        });
    }
}

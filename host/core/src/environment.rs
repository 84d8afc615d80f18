//! The only place that reads time and randomness, and makes ids.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use uuid::{Builder, Uuid};

/// Time, randomness and ids: the machine's, or a simulation's.
pub trait Environment: Send + Sync {
    /// Nanoseconds since the Unix epoch, UTC.
    fn now_ns(&self) -> u64;
    /// Nanoseconds since some fixed point; never runs backwards.
    fn monotonic_ns(&self) -> u64;
    /// Fills `bytes` with what nobody can guess.
    fn fill(&self, bytes: &mut [u8]);

    /// A new id, ordered by time: a UUID v7.
    fn id(&self) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        Builder::from_unix_timestamp_millis(self.now_ns() / 1_000_000, &random).into_uuid()
    }
}

/// The machine's own.
#[derive(Debug, Clone, Copy)]
pub struct System {
    started: Instant,
}

impl System {
    /// The machine's clocks and random numbers.
    #[expect(clippy::disallowed_methods, reason = "this is Environment")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl Environment for System {
    #[expect(clippy::disallowed_methods, reason = "this is Environment")]
    fn now_ns(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
    }

    fn monotonic_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    #[expect(clippy::disallowed_methods, reason = "this is Environment")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there are no ids and no seeds; no execution could begin.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

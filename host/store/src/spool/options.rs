//! How the spool is set up, and how it is.

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

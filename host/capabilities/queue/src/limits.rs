//! The bounds of a job, and the words for those that were lost.

/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// The longest idempotency key, in bytes.
pub const MAX_KEY: usize = 1024;
/// The most tries that a guest may ask for; more are taken as this many, and 0 as 1.
pub const MAX_ATTEMPTS: u32 = 1000;
/// A delay of so many milliseconds, 292 million years, or of more: the job never runs. With any time that a clock
/// may show it is still a number that every database has.
pub const NEVER_MS: u64 = i64::MAX.cast_unsigned() - (1 << 53);
/// How long an idempotency key is remembered after its job was done. While the job waits or runs, and
/// as long as its dead letter is there, it is remembered anyway.
pub const KEY_MS: u64 = 24 * 60 * 60 * 1000;

/// Why an attempt failed whose node is gone.
pub(crate) const LEASE_ENDED: &str = "its lease ended while it ran: the process died or hung";
/// Why an attempt failed that ran when the only process died.
pub(crate) const INTERRUPTED: &str = "the process ended while it ran";

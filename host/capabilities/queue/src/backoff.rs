//! How long a job waits before it is tried again.

/// The longest wait, before jitter.
pub const MAX_BACKOFF_MS: u64 = 5 * 60 * 1000;

/// Milliseconds after the failed `attempt`, counted from 1: a second, doubled with every attempt up to
/// [`MAX_BACKOFF_MS`], then jitter of half of it more or less, so that jobs that failed together do not
/// come back together. `random` is any number; each gives one wait.
pub fn backoff_ms(attempt: u32, random: u64) -> u64 {
    let doublings = attempt.saturating_sub(1).min(16);
    let wait = (1000 << doublings).min(MAX_BACKOFF_MS);
    wait / 2 + random % (wait + 1)
}

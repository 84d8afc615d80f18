//! The host's clock. A replay reads the recorded times, and its sleeps take none.

mod datetime;

use crate::bindings::flux::host::clock as host;
use std::time::Duration;

pub use datetime::DateTime;

/// The time now.
pub fn now() -> DateTime {
    host::now()
}

/// The time since this execution began. Never goes back.
pub fn monotonic() -> Duration {
    Duration::from_nanos(host::monotonic())
}

/// Waits, in whole milliseconds rounded up, at most 49 days.
pub fn sleep(duration: Duration) {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    host::sleep(u32::try_from(millis).unwrap_or(u32::MAX));
}

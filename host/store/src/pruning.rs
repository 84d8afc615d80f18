//! When retention is carried out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::records::Retention;

/// Retention, carried out now and then.
#[derive(Debug, Clone)]
pub struct Pruning {
    /// What is kept.
    pub retention: Retention,
    /// How often it is looked at.
    pub every: Duration,
    /// Says how old things are.
    pub clock: Clock,
}

/// The time, for this crate, which reads no clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that gives nanoseconds since the Unix epoch.
    pub fn new(now_ns: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ns))
    }

    pub(crate) fn now_ns(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

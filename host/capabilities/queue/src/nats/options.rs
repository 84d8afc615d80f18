//! How queues are kept in JetStream.

use std::time::Duration;

use crate::backend::LEASE_MS;

/// How queues are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsOptions {
    /// What the streams' names and subjects begin with: letters, digits and `-`. Apps that share a server
    /// need different ones.
    pub prefix: String,
    /// How many servers of a cluster keep each job. A stream that exists already is left as it is.
    pub replicas: usize,
    /// How long a claimed job is its claimer's alone.
    pub lease: Duration,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self { prefix: "flux".to_owned(), replicas: 1, lease: Duration::from_millis(LEASE_MS) }
    }
}

//! The jobs that this process runs.

use async_nats::jetstream::Message;

use super::message::Meta;

/// A job that this process has claimed.
pub(super) struct Running {
    pub(super) meta: Meta,
    pub(super) message: Message,
    pub(super) attempt: u32,
    // By the claimer's clock, begun before the server's: it never believes longer than the server.
    pub(super) lease_until_ms: u64,
}

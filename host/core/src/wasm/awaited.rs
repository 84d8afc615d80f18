//! What a guest waits for, as far as the host knows it.

/// What a pollable waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The response to the request of this number.
    Response(u64),
    /// The time, in nanoseconds since the execution began.
    Timer { ends_ns: u64 },
}

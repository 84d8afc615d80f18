//! What a guest is told when the server fails.

use flux_host::bindings::flux::host::queue::Error;

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("NATS: {error}"))
}

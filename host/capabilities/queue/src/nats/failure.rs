//! What a guest is told when the server fails.

use flux_host::bindings::flux::host::queue::Error;

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    let why = error.to_string();
    let hint = match why.contains("no stream found") {
        true => "; hint: somebody removed the streams of the queue, and the next use makes them anew",
        false => "",
    };
    Error::Unavailable(format!("NATS: {why}{hint}"))
}

//! What went wrong, in the contract's words.

use std::error::Error as StdError;
use std::io;

use flux_host::bindings::flux::host::fetch::Error;
use hyper_util::client::legacy;

/// A name that leads where nothing is allowed, or nowhere, on its way through the client.
#[derive(Debug)]
pub(crate) struct Refused(pub Error);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the address is not allowed")
    }
}

impl StdError for Refused {}

/// The contract's error for a request without a response.
pub(crate) fn unanswered(error: &legacy::Error) -> Error {
    if let Some(Refused(refused)) = causes(error).find_map(|cause| cause.downcast_ref()) {
        return refused.clone();
    }
    match broken(error) {
        Error::Protocol(text) if error.is_connect() && causes(error).any(is_handshake) => Error::Tls(text),
        Error::Protocol(text) if error.is_connect() => Error::Connect(text),
        other => other,
    }
}

/// The contract's error for an exchange that broke off. Its text is the first cause: what stands above
/// it says only that something failed.
pub(crate) fn broken(error: &(dyn StdError + 'static)) -> Error {
    if causes(error).any(|cause| is_io(cause, &[io::ErrorKind::TimedOut])) {
        Error::Timeout
    } else if causes(error).any(is_large_head) {
        Error::TooLarge
    } else {
        let cause = causes(error).last();
        Error::Protocol(cause.map_or_else(|| "the request failed".to_owned(), ToString::to_string))
    }
}

/// Whether the server says that it did nothing with the request: HTTP/2 has words for that.
pub(crate) fn was_not_processed(error: &legacy::Error) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
        let goes = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (goes || refused)
    })
}

/// Whether the connection ended before there was a whole response.
pub(crate) fn ended_early(error: &legacy::Error) -> bool {
    const ENDS: [io::ErrorKind; 4] = [
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::UnexpectedEof,
    ];
    let incomplete = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
    };
    !error.is_connect() && causes(error).any(|cause| incomplete(cause) || is_io(cause, &ENDS))
}

/// rustls speaks through IO errors: what it cannot accept is invalid data, and a peer that leaves is
/// an unexpected end. TCP gives neither while it connects.
fn is_handshake(cause: &(dyn StdError + 'static)) -> bool {
    is_io(cause, &[io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof])
}

fn is_io(cause: &(dyn StdError + 'static), kinds: &[io::ErrorKind]) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| kinds.contains(&error.kind()))
}

fn is_large_head(cause: &(dyn StdError + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| next(*cause))
}

/// An IO error names as its source what lies below what it carries: that itself would be left out.
fn next<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    carried.map(|carried| carried as &(dyn StdError + 'static)).or_else(|| cause.source())
}

//! What went wrong, in the contract's words.

use std::error::Error as StdError;
use std::io;

use flux_host::bindings::flux::host::fetch::Error;

/// A name that leads where nothing is allowed, on its way through the client.
#[derive(Debug)]
pub(crate) struct Refused(pub Error);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the address is not allowed")
    }
}

impl StdError for Refused {}

/// The contract's error. Its text is the first cause: what stands above it says only that a request
/// failed, and repeats the URL, which may hold a key.
pub(crate) fn failure(error: reqwest::Error) -> Error {
    if let Some(Refused(refused)) = causes(&error).find_map(|cause| cause.downcast_ref()) {
        return refused.clone();
    }
    let text = cause(&error);
    if error.is_timeout() {
        Error::Timeout
    } else if causes(&error).any(is_large_head) {
        Error::TooLarge
    } else if error.is_dns() {
        Error::Dns(text)
    } else if error.is_connect() && causes(&error).any(is_handshake) {
        Error::Tls(text)
    } else if error.is_connect() {
        Error::Connect(text)
    } else {
        Error::Protocol(text)
    }
}

/// The text of the first cause.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// rustls speaks through IO errors: what it cannot accept is invalid data, and a peer that leaves is
/// an unexpected end. TCP gives neither while it connects.
fn is_handshake(cause: &(dyn StdError + 'static)) -> bool {
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof))
}

fn is_large_head(cause: &(dyn StdError + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large)
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| next(*cause))
}

/// An IO error names as its source what lies below what it carries: that itself would be left out.
fn next<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    carried.map(|carried| carried as &(dyn StdError + 'static)).or_else(|| cause.source())
}

//! Outgoing requests: what `wasi:http` needs of whoever sends them, and which headers are the connection's own.

use futures_util::future::BoxFuture;

use crate::bindings::flux::host::fetch::{Error, Request, Response};
use crate::response::OF_THE_CONNECTION;

/// Of an outgoing request these concern the connection too: a proxy is the host's, and nobody waits for a 100.
const OF_OUTGOING: [&str; 3] = ["expect", "proxy-authenticate", "proxy-authorization"];

/// Whether a header, by its name in lower case, means something on one connection only.
pub fn is_of_the_connection(name: &str) -> bool {
    OF_THE_CONNECTION.iter().any(|it| it == name) || OF_OUTGOING.contains(&name)
}

/// Those that tell the server something about the message: `wasi:http` may send them.
const PASSED_ON: [&str; 3] = ["expect", "te", "trailer"];

/// Whether a header of the connection is sent where a guest says exactly what is sent.
pub fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name)
}

/// The methods for which a request without content says so (RFC 9110, 8.6): many servers answer one
/// without a length with 411. Those of WebDAV and QUERY are what they ask in their content.
const WITH_CONTENT: [&str; 10] =
    ["POST", "PUT", "PATCH", "QUERY", "LOCK", "MKCOL", "PROPFIND", "PROPPATCH", "REPORT", "SEARCH"];

/// Whether requests of this method are expected to have content.
pub fn anticipates_content(method: &str) -> bool {
    WITH_CONTENT.contains(&method)
}

/// Sends outgoing requests: what `wasi:http` needs of the fetch capability, which core does not know.
pub trait Outgoing: Send + Sync {
    /// The names and values of the secrets that a request has by placeholder.
    fn secrets(&self, request: &Request) -> Vec<(String, String)>;

    /// Sends one request exactly as it says, but for its secrets, which are filled in: nothing is added, no
    /// redirect is followed, and values of headers are bytes in both directions (`header_text`).
    fn send_exactly(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>>;
}

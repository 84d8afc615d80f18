//! Between WASI's messages and those of the contract.
//!
//! A request's form in the journal does not depend on who made it: names of headers are in lower case,
//! in the order in which the guest gave them, and what an HTTP library adds for its own connection is
//! left out. So the same program built by two toolchains leaves the same `fetch.send`.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::bindings::flux::host::fetch;
use crate::capability::is_of_the_connection;
use crate::wasm::held::Hold;

/// What an outgoing request was answered with.
pub(crate) type Answer = Result<fetch::Response, fetch::Error>;

/// A request without its body.
pub(crate) fn request(
    parts: &http::request::Parts,
    options: Option<&RequestOptions>,
) -> Result<fetch::Request, Error> {
    let mut headers = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        // What follows from the rest of the request is not said twice.
        if is_of_the_connection(name.as_str()) || matches!(name.as_str(), "host" | "content-length") {
            continue;
        }
        let Ok(value) = str::from_utf8(value.as_bytes()) else {
            return Err(Error::InternalError(Some(format!("the value of the header {name} is not UTF-8"))));
        };
        headers.push((name.as_str().to_owned(), value.to_owned()));
    }
    let (method, url) = (parts.method.to_string(), parts.uri.to_string());
    Ok(fetch::Request { method, url, headers, body: Vec::new(), timeout_ms: options.and_then(timeout) })
}

/// WASI has three timeouts, the contract has one for the whole exchange: their sum, so that none is
/// stricter than it was meant.
fn timeout(options: &RequestOptions) -> Option<u32> {
    let all = [options.connect_timeout, options.first_byte_timeout, options.between_bytes_timeout];
    let sum = all.into_iter().flatten().reduce(Duration::saturating_add)?;
    Some(u32::try_from(sum.as_millis()).unwrap_or(u32::MAX))
}

/// An answer as WASI has it. Its body is whole already; `hold` counts it for as long as it is there.
pub(crate) fn response(answer: Answer, hold: Hold) -> Result<http::Response<WasiBody>, Error> {
    let answer = answer.map_err(error)?;
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name.as_str(), value.as_str());
    }
    let body = Full::new(hold.on(answer.body)).map_err(|never| match never {}).boxed_unsync();
    // A recording from elsewhere may have a header that no server could have sent.
    response.body(body).map_err(|_| Error::HttpProtocolError)
}

fn error(error: fetch::Error) -> Error {
    match error {
        fetch::Error::Denied(_) => Error::HttpRequestDenied,
        fetch::Error::Invalid(text) => Error::InternalError(Some(text)),
        fetch::Error::Dns(text) => Error::DnsError { rcode: Some(text), info_code: None },
        fetch::Error::Connect(_) => Error::ConnectionRefused,
        fetch::Error::Tls(_) => Error::TlsProtocolError,
        fetch::Error::Timeout => Error::HttpResponseTimeout,
        fetch::Error::TooLarge => Error::HttpResponseBodySize(None),
        fetch::Error::Protocol(_) => Error::HttpProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_form_whoever_made_it() {
        let built = http::Request::post("http://localhost:9099/a?b=c")
            .header("Transfer-Encoding", "chunked")
            .header("X-B", "2")
            .header("Content-Length", "5")
            .header("host", "localhost:9099")
            .header("te", "trailers")
            .header("x-a", "1");
        let (parts, ()) = built.body(()).expect("a request").into_parts();
        let asked = request(&parts, None).expect("it has a form");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(asked.headers, [pair("x-b", "2"), pair("x-a", "1")]);
        assert_eq!((asked.method.as_str(), asked.url.as_str()), ("POST", "http://localhost:9099/a?b=c"));
        assert_eq!(asked.timeout_ms, None);
    }

    #[test]
    fn a_header_that_is_no_text_is_refused_and_not_altered() {
        let built = http::Request::get("http://localhost/").header("x-a", &b"\xff"[..]);
        let (parts, ()) = built.body(()).expect("a request").into_parts();
        assert!(
            matches!(request(&parts, None), Err(Error::InternalError(Some(text))) if text.contains("x-a"))
        );
    }

    #[test]
    fn timeouts_add_up() {
        let mut options = RequestOptions::default();
        assert_eq!(timeout(&options), None);
        options.connect_timeout = Some(Duration::from_millis(300));
        options.first_byte_timeout = Some(Duration::from_millis(700));
        assert_eq!(timeout(&options), Some(1_000));
    }
}

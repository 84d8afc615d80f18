//! Between WASI's messages and those of the contract.
//!
//! A request's form in the journal does not depend on who made it: names of headers are in lower case,
//! in the order in which the guest gave them, and what follows from the rest of the request is left out.
//! So the same program built by two toolchains leaves the same `fetch.send`. Values of headers are bytes
//! in WASI and texts in the contract; `header_text` turns each into the other without a loss.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::bindings::flux::host::fetch;
use crate::header_text::{header_bytes, header_texts};
use crate::outgoing::{anticipates_content, is_of_the_connection, is_passed_on};
use crate::wasm::held::Hold;

/// What an outgoing request was answered with.
pub(crate) type Fetched = Result<fetch::Response, fetch::Error>;

/// A request without its body.
pub(crate) fn request(parts: &http::request::Parts, options: Option<&RequestOptions>) -> fetch::Request {
    let (method, url) = (parts.method.to_string(), parts.uri.to_string());
    let said = parts.headers.iter().filter(|(name, value)| !follows(name.as_str(), value, &method));
    let headers = header_texts(said);
    fetch::Request { method, url, headers, body: Vec::new(), timeout_ms: options.and_then(timeout) }
}

/// Whether a header follows from the rest of the request, or is the connection's: it is not said twice. A
/// length of 0 follows only where the method has the client tell it.
fn follows(name: &str, value: &http::HeaderValue, method: &str) -> bool {
    match name {
        "host" => true,
        "content-length" => value != "0" || anticipates_content(method),
        name => is_of_the_connection(name) && !is_passed_on(name),
    }
}

/// WASI has three timeouts, the contract has one for the whole exchange: their sum, so that none is
/// stricter than it was meant.
fn timeout(options: &RequestOptions) -> Option<u32> {
    let all = [options.connect_timeout, options.first_byte_timeout, options.between_bytes_timeout];
    let sum = all.into_iter().flatten().reduce(Duration::saturating_add)?;
    Some(u32::try_from(sum.as_millis()).unwrap_or(u32::MAX))
}

/// An answer as WASI has it. Its body is whole already; `hold` counts it for as long as it is there.
pub(crate) fn response(answer: Fetched, hold: Hold) -> Result<http::Response<WasiBody>, Error> {
    let answer = answer.map_err(error)?;
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        let value = header_bytes(value).ok_or(Error::HttpProtocolError)?;
        response = response.header(name.as_str(), &*value);
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
    use crate::wasm::held::Held;

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
        let asked = request(&parts, None);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(asked.headers, [pair("x-b", "2"), pair("te", "trailers"), pair("x-a", "1")]);
        assert_eq!((asked.method.as_str(), asked.url.as_str()), ("POST", "http://localhost:9099/a?b=c"));
        assert_eq!(asked.timeout_ms, None);
    }

    #[test]
    fn a_header_that_is_no_text_keeps_its_bytes_in_both_directions() {
        let latin = &b"gr\xfcn"[..];
        let (parts, ()) = http::Request::get("http://localhost/")
            .header("x-a", latin)
            .body(())
            .expect("a request")
            .into_parts();
        let headers = request(&parts, None).headers;
        assert_eq!(headers, [("x-a".to_owned(), "gr\u{10}fcn".to_owned())]);
        let answer = fetch::Response { status: 200, headers, body: Vec::new() };
        let response = response(Ok(answer), Held::new(1 << 10).take(0)).expect("a response");
        assert_eq!(response.headers()["x-a"].as_bytes(), latin);
    }

    #[test]
    fn a_length_of_nothing_is_said_where_the_guest_said_it() {
        let length = |method: &str, value: &str| {
            let built = http::Request::builder().method(method).uri("http://localhost/");
            let built = built.header("content-length", value).body(()).expect("a request");
            request(&built.into_parts().0, None).headers.len()
        };
        for (method, value, said) in [("GET", "0", 1), ("DELETE", "0", 1), ("POST", "0", 0), ("GET", "4", 0)]
        {
            assert_eq!(length(method, value), said, "{method} {value}");
        }
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

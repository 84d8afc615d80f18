//! `/fetch`: outgoing requests, to a server that answers by path.

use crate::canonical::{Canonical, Report, error};
use crate::edges::{BYTES, TEXT, large_bytes};
use flux_sdk::fetch::{Error, Request, Response, send_all};
use flux_sdk::{config, http};

pub fn run() -> Result<http::Response, http::Error> {
    let mut report = Report::default();
    let base = config::require("fetch_url")?;
    for request in answered(&base) {
        report.line("fetch.send", &request.method, &request.send());
    }
    for request in failing(&base)? {
        report.line("fetch.send", "failing", &request.send());
    }
    report.line("fetch.send-all", "none", &send_all(&[]));
    let several = [
        request("GET", &format!("{base}/status/204"), &[], b"", None),
        request("GET", "http://denied.invalid/", &[], b"", None),
        request("POST", &format!("{base}/echo"), &[("x-order", "3")], BYTES, Some(u32::MAX)),
    ];
    report.line("fetch.send-all", "several", &send_all(&several));
    Ok(report.respond())
}

fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    timeout_ms: Option<u32>,
) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: method.to_owned(), url: url.to_owned(), headers, body: body.to_vec(), timeout_ms }
}

fn answered(base: &str) -> Vec<Request> {
    let echo = format!("{base}/echo");
    let many = [("x-twice", "1"), ("x-twice", "2"), ("x-empty", ""), ("x-text", "é€🦀")];
    vec![
        request("GET", &echo, &[], b"", None),
        request("POST", &echo, &many, b"body", Some(60_000)),
        request("PUT", &echo, &[], BYTES, Some(u32::MAX)),
        request("PATCH", &echo, &[("content-type", "application/octet-stream")], &large_bytes(), None),
        request("DELETE", &format!("{base}/echo?a=1&b=%C3%A9"), &[], b"", None),
        request("HEAD", &format!("{base}/status/200"), &[], b"", None),
        request("GET", &format!("{base}/status/404"), &[], b"", None),
        request("GET", &format!("{base}/status/599"), &[], b"", None),
        request("GET", &format!("{base}/headers"), &[], b"", None),
        request("GET", &format!("{base}/bytes"), &[], b"", None),
        request("GET", &format!("{base}/large"), &[], b"", None),
    ]
}

/// One for every case of the error, in the contract's order.
fn failing(base: &str) -> Result<Vec<Request>, config::Missing> {
    Ok(vec![
        request("GET", "http://denied.invalid/", &[], b"", None),
        request("GET", "", &[], b"", None),
        request("G T", &format!("{base}/echo"), &[], b"", None),
        request("GET", &format!("{base}/echo"), &[("x-text", TEXT)], b"", None),
        request("GET", "http://nowhere.invalid/", &[], b"", None),
        request("GET", "http://127.0.0.1:1/", &[], b"", None),
        request("GET", &config::require("tls_url")?, &[], b"", None),
        request("GET", &format!("{base}/never"), &[], b"", Some(20)),
        request("GET", &format!("{base}/too-large"), &[], b"", None),
        request("GET", &format!("{base}/garbage"), &[], b"", None),
    ])
}

impl Canonical for Response {
    fn canonical(&self) -> String {
        format!("{} {} {}", self.status, self.headers.canonical(), self.body.as_slice().canonical())
    }
}

impl Canonical for Error {
    fn canonical(&self) -> String {
        let carried = match self {
            Self::Denied(why)
            | Self::Invalid(why)
            | Self::Dns(why)
            | Self::Connect(why)
            | Self::Tls(why)
            | Self::Protocol(why) => vec![why.canonical()],
            Self::Timeout | Self::TooLarge => Vec::new(),
        };
        error(self.code(), &carried, &self.to_string())
    }
}

//! What a client can be sent. A response is judged before its outcome is recorded, live and in a replay alike: the
//! record has what the client saw.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::bindings::exports::flux::host::http_handler::Response;
use crate::header_text::{header_bytes, header_texts};

/// The header that names an execution. It is the host's: a guest's own is left out.
pub const EXECUTION: HeaderName = HeaderName::from_static("x-flux-execution");
/// The longest names and values of a response together, in bytes.
const HEAD: usize = 256 << 10;
/// The longest part of a guest's header name that a message shows.
const SHOWN: usize = 64;
/// They concern one connection, which is the host's, in either direction.
pub const OF_THE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Why a response is none that HTTP can carry: the guest failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not between 100 and 599.
    #[error("the guest answered with status {0}, which HTTP does not have")]
    Status(u16),
    /// 1xx: another answer has to follow.
    #[error("the guest answered with status {0}, which only announces an answer")]
    Interim(u16),
    /// A name that is no token.
    #[error("the guest answered with a header that HTTP does not allow: its name is {0:?}")]
    Name(String),
    /// A value with a control character.
    #[error(
        "the guest answered with a header that HTTP does not allow: the value of '{0}' has a control character"
    )]
    Value(String),
    /// A `content-length` that is no number, or two that differ.
    #[error("the guest answered with a content-length that is no length")]
    Length,
    /// Too many headers, or too long ones.
    #[error("the guest answered with too many headers, or with more than {HEAD} bytes of them")]
    Head,
}

/// Whether a response with this status has content, if it does not answer a HEAD request.
pub fn has_content(status: u16) -> bool {
    !matches!(status, 204 | 205 | 304)
}

/// The response as the client sees it: header names in lower case, values of one name together, no header of the
/// connection, and a body only where HTTP has one. `to_head` says that it answers a HEAD request.
pub fn checked(response: Response, to_head: bool) -> Result<Response, Refused> {
    let Response { status, headers, mut body } = response;
    match status {
        200..=599 => {}
        100..=199 => return Err(Refused::Interim(status)),
        _ => return Err(Refused::Status(status)),
    }
    let (mut headers, said) = headers_of(&headers)?;
    if to_head || !has_content(status) {
        // The length of what a GET would have been sent: the guest says it, or shows it.
        let shown = (to_head && !body.is_empty()).then_some(body.len() as u64);
        let length = said.or(shown).filter(|_| status == 304 || has_content(status));
        if let Some(length) = length {
            headers.try_insert(header::CONTENT_LENGTH, length.into()).map_err(|_| Refused::Head)?;
        }
        body = Vec::new();
    }
    Ok(Response { status, headers: header_texts(&headers), body })
}

/// The headers of a response that was checked.
pub fn header_map(response: &Response) -> Result<HeaderMap, Refused> {
    let (mut headers, length) = headers_of(&response.headers)?;
    if let Some(length) = length {
        headers.try_insert(header::CONTENT_LENGTH, length.into()).map_err(|_| Refused::Head)?;
    }
    Ok(headers)
}

/// The headers without the host's, and the length that they name.
fn headers_of(pairs: &[(String, String)]) -> Result<(HeaderMap, Option<u64>), Refused> {
    let size: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > HEAD {
        return Err(Refused::Head);
    }
    let mut headers = HeaderMap::new();
    let mut lengths = BTreeSet::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refused::Name(shown(name)))?;
        let value = value_of(&name, value)?;
        if name == header::CONTENT_LENGTH {
            lengths.insert(length_of(&value).ok_or(Refused::Length)?);
        } else if name != EXECUTION && !OF_THE_CONNECTION.contains(&name) {
            // A map of headers has a bound of its own, beyond which `append` panics.
            headers.try_append(name, value).map_err(|_| Refused::Head)?;
        }
    }
    let length = lengths.pop_first();
    if lengths.is_empty() { Ok((headers, length)) } else { Err(Refused::Length) }
}

/// Blanks around a value are no part of it.
fn value_of(name: &HeaderName, text: &str) -> Result<HeaderValue, Refused> {
    let refused = || Refused::Value(shown(name.as_str()));
    let bytes = header_bytes(text.trim_matches([' ', '\t'])).ok_or_else(refused)?;
    HeaderValue::from_bytes(&bytes).map_err(|_| refused())
}

/// Digits and nothing else: `parse` would take a plus sign.
fn length_of(value: &HeaderValue) -> Option<u64> {
    let text = value.to_str().ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    /// What the client is sent.
    fn sent(status: u16, headers: &[(&str, &str)], body: &str, to_head: bool) -> Response {
        checked(response(status, headers, body), to_head).expect("it can be sent")
    }

    fn refused(status: u16, headers: &[(&str, &str)]) -> Refused {
        checked(response(status, headers, ""), false).expect_err("it cannot be sent")
    }

    #[test]
    fn a_status_is_final_and_one_of_http() {
        for status in [0, 1, 99, 600, 999, 1000, u16::MAX] {
            assert_eq!(refused(status, &[]), Refused::Status(status));
        }
        for status in [100, 101, 103, 199] {
            assert_eq!(refused(status, &[]), Refused::Interim(status));
        }
        for status in [200, 299, 404, 599] {
            assert_eq!(sent(status, &[], "b", false), response(status, &[], "b"));
        }
    }

    #[test]
    fn a_body_is_sent_only_where_http_has_one() {
        for status in [204, 205, 304] {
            assert_eq!(sent(status, &[], "body", false), response(status, &[], ""));
        }
        assert_eq!(sent(200, &[], "body", true), response(200, &[("content-length", "4")], ""));
        assert_eq!(sent(200, &[], "", true), response(200, &[], ""));
    }

    #[test]
    fn a_length_is_kept_only_where_no_body_shows_it() {
        let length = [("Content-Length", "1234")];
        let kept = [("content-length", "1234")];
        assert_eq!(sent(200, &length, "", true), response(200, &kept, ""));
        assert_eq!(sent(200, &length, "body", true), response(200, &kept, ""));
        assert_eq!(sent(304, &length, "", false), response(304, &kept, ""));
        for status in [204, 205] {
            assert_eq!(sent(status, &length, "", true), response(status, &[], ""));
        }
        assert_eq!(sent(200, &length, "body", false), response(200, &[], "body"));
    }

    #[test]
    fn a_length_that_is_none_is_refused() {
        for value in ["", "-1", "+1", "1.5", "abc", "1, 1", "99999999999999999999"] {
            assert_eq!(refused(200, &[("content-length", value)]), Refused::Length, "{value}");
        }
        assert_eq!(refused(200, &[("content-length", "1"), ("content-length", "2")]), Refused::Length);
    }

    #[test]
    fn headers_are_recorded_as_they_are_sent() {
        let said =
            [("B", " 1\t"), ("a", "2"), ("connection", "close"), ("b", "3"), ("X-Flux-Execution", "mine")];
        assert_eq!(sent(200, &said, "", false), response(200, &[("b", "1"), ("b", "3"), ("a", "2")], ""));
        assert_eq!(sent(200, &[("a", "caf\u{10}e9")], "", false).headers[0].1, "caf\u{10}e9");
    }

    #[test]
    fn headers_that_http_does_not_allow_are_refused() {
        for name in ["", " ", "a b", "a:", "ä", "a\r\nb", "a\0"] {
            assert_eq!(refused(200, &[(name, "v")]), Refused::Name(name.to_owned()));
        }
        for value in ["a\r\nb: c", "\n", "a\0", "\u{7f}", "\u{10}", "\u{10}41"] {
            assert_eq!(refused(200, &[("a", value)]), Refused::Value("a".to_owned()), "{value:?}");
        }
        assert!(matches!(refused(200, &[(&"n".repeat(100_000), "v")]), Refused::Name(_)));
    }

    #[test]
    fn more_headers_than_a_map_holds_are_refused() {
        let names: Vec<String> = (0..40_000).map(|name| format!("{name}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(refused(200, &many), Refused::Head);
        assert_eq!(refused(200, &[("a", &"v".repeat(HEAD))]), Refused::Head);
    }
}

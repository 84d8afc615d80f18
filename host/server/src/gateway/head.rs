//! What RFC 9110, 9112 and 9113 ask of a request's head and hyper leaves to the application, and the request as the
//! guest sees it.

use flux_host::bindings::exports::flux::host::http_handler;
use flux_host::header_texts;
use flux_host::response::OF_THE_CONNECTION;
use http::header::{CONTENT_LENGTH, COOKIE, EXPECT, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

use super::refusal::Refusal;

fn bad<T>(title: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(StatusCode::BAD_REQUEST, title))
}

/// Judges a head, and gives it the one form that guests see, whichever version of HTTP it came with.
pub(super) fn checked(head: &mut Parts, max_headers: usize) -> Result<(), Refusal> {
    size(head, max_headers)?;
    method(head)?;
    transfer_coding(&head.headers)?;
    expectation(head)?;
    target(head)?;
    host(head)?;
    join_cookies(head);
    // The guest sees the body as it is, and is not asked for it.
    for name in OF_THE_CONNECTION.iter().chain([&EXPECT]) {
        if head.headers.contains_key(name) {
            remove(&mut head.headers, name);
        }
    }
    Ok(())
}

/// Removes a header and keeps the order of the others, which the map's own `remove` does not.
fn remove(headers: &mut HeaderMap, name: &HeaderName) {
    let mut last = None;
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (next, value) in headers.drain() {
        last = next.or(last);
        if let Some(of) = last.as_ref().filter(|of| *of != name) {
            kept.append(of.clone(), value);
        }
    }
    *headers = kept;
}

fn size(head: &Parts, most: usize) -> Result<(), Refusal> {
    let target = head.uri.path().len() + head.uri.query().map_or(0, str::len);
    if target > most {
        return Err(Refusal::new(
            StatusCode::URI_TOO_LONG,
            "the request's path and query are over their limit",
        ));
    }
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if target + headers > most {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(Refusal::new(status, "the request's head is over its limit"));
    }
    Ok(())
}

fn method(head: &Parts) -> Result<(), Refusal> {
    let has_body = head.headers.contains_key(TRANSFER_ENCODING)
        || head.headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0");
    match head.method {
        Method::CONNECT => Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "CONNECT is for proxies")),
        Method::TRACE if has_body => bad("a TRACE request has a body"),
        _ => Ok(()),
    }
}

/// hyper takes every coding whose last is `chunked`, and decodes only that one.
fn transfer_coding(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if is_chunked(coding) => Ok(()),
        _ => Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "a transfer coding other than chunked")),
    }
}

fn expectation(head: &Parts) -> Result<(), Refusal> {
    let knows = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if head.version > Version::HTTP_10 && !head.headers.get_all(EXPECT).iter().all(knows) {
        return Err(Refusal::new(StatusCode::EXPECTATION_FAILED, "an expectation other than 100-continue"));
    }
    Ok(())
}

fn target(head: &Parts) -> Result<(), Refusal> {
    match head.uri.path() {
        "*" if head.method == Method::OPTIONS => Ok(()),
        path if !path.starts_with('/') => bad("the request's target is no path"),
        _ if head.uri.scheme_str().is_some_and(|scheme| scheme != "http" && scheme != "https") => {
            bad("the request's target is no address of HTTP")
        }
        _ => Ok(()),
    }
}

/// One `host` header, which names what the target names.
fn host(head: &mut Parts) -> Result<(), Refusal> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return bad("the request has two host headers");
    }
    let said = head.uri.authority();
    let is_http2 = head.version == Version::HTTP_2;
    match (said, host) {
        (None, None) if is_http2 => return bad("the request has neither :authority nor a host header"),
        (_, None) if head.version == Version::HTTP_11 => return bad("the request has no host header"),
        (Some(said), Some(host))
            if is_http2 && !host.as_bytes().eq_ignore_ascii_case(said.as_str().as_bytes()) =>
        {
            return bad("the request's :authority and its host header differ");
        }
        _ => {}
    }
    if host.is_some_and(|host| !is_host(host)) || said.is_some_and(|said| !is_authority(said)) {
        return bad("the request's host is not valid");
    }
    if let Some(said) = said {
        let Ok(value) = HeaderValue::from_str(said.as_str()) else {
            return bad("the request's host is not valid");
        };
        head.headers.insert(HOST, value);
    }
    Ok(())
}

/// An empty value says that the target has no host.
fn is_host(value: &HeaderValue) -> bool {
    value.is_empty() || Authority::try_from(value.as_bytes()).is_ok_and(|host| is_authority(&host))
}

fn is_authority(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = match text.rsplit_once(']') {
        Some((_, rest)) => rest.strip_prefix(':').or((!rest.is_empty()).then_some("none")),
        None => text.split_once(':').map(|(_, port)| port),
    };
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok_and(|_| !port.starts_with('+'));
    !authority.host().is_empty() && !text.contains('@') && port.is_none_or(is_port)
}

/// HTTP/2 may send one header for each cookie; to whom they are handed on, they are one.
fn join_cookies(head: &mut Parts) {
    if head.version != Version::HTTP_2 || head.headers.get_all(COOKIE).iter().nth(1).is_none() {
        return;
    }
    let cookies: Vec<_> = head.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
        head.headers.insert(COOKIE, joined);
    }
}

/// The contract's headers are text: a value of other bytes is refused, not altered.
pub(crate) fn text_only(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.iter().find(|(_, value)| std::str::from_utf8(value.as_bytes()).is_err()) {
        Some((name, _)) => bad(format!("the value of the header '{name}' is not UTF-8")),
        None => Ok(()),
    }
}

/// The request as the guest sees it.
pub(crate) fn to_guest(head: &Parts, params: Vec<(String, String)>, body: Vec<u8>) -> http_handler::Request {
    http_handler::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: header_texts(&head.headers),
        body,
        params,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(version: Version, method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut builder = http::Request::builder().version(version).method(method).uri(target);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).expect("a request").into_parts().0
    }

    /// The headers as a guest sees them, or the status that refuses the request.
    fn seen(
        version: Version,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, u16> {
        let mut head = head(version, method, target, headers);
        checked(&mut head, 1000).map_err(|refusal| refusal.status.as_u16())?;
        Ok(to_guest(&head, Vec::new(), Vec::new()).headers)
    }

    fn status(headers: &[(&str, &str)]) -> Option<u16> {
        seen(Version::HTTP_11, "GET", "/", headers).err()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn http_1_1_has_one_host() {
        assert_eq!(status(&[]), Some(400));
        assert_eq!(status(&[("host", "a"), ("host", "a")]), Some(400));
        for host in ["a b", "a/b", "u@a", "a:port", "a:99999", "a:+1", "[::1", "[::1]x", ":80", "a,b:c", "é"]
        {
            assert_eq!(status(&[("host", host)]), Some(400), "{host}");
        }
        for host in ["", "a", "a:80", "a:", "[::1]", "[::1]:80", "127.0.0.1:1"] {
            assert_eq!(status(&[("host", host)]), None, "{host}");
        }
        assert_eq!(seen(Version::HTTP_10, "GET", "/", &[]), Ok(Vec::new()));
    }

    #[test]
    fn the_target_wins_over_the_host_header() {
        let seen = seen(Version::HTTP_11, "GET", "http://b.test:81/x", &[("host", "a.test"), ("x", "y")]);
        assert_eq!(seen, Ok(pairs(&[("host", "b.test:81"), ("x", "y")])));
    }

    #[test]
    fn an_authority_is_the_host() {
        let of = |headers: &[(&str, &str)]| seen(Version::HTTP_2, "GET", "http://a.test/x", headers);
        assert_eq!(of(&[]), Ok(pairs(&[("host", "a.test")])));
        assert_eq!(of(&[("host", "A.test")]), Ok(pairs(&[("host", "a.test")])));
        assert_eq!(of(&[("host", "b.test")]), Err(400));
        assert_eq!(seen(Version::HTTP_2, "GET", "/x", &[]), Err(400));
        assert_eq!(seen(Version::HTTP_2, "GET", "/x", &[("host", "a")]), Ok(pairs(&[("host", "a")])));
        assert_eq!(seen(Version::HTTP_2, "GET", "http://u@a.test/", &[]), Err(400));
    }

    #[test]
    fn cookies_of_http_2_are_one() {
        let cookies = [("host", "a"), ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")];
        let joined = pairs(&[("host", "a"), ("cookie", "a=1; b=2"), ("x", "y")]);
        assert_eq!(seen(Version::HTTP_2, "GET", "/", &cookies), Ok(joined));
        let apart = pairs(&[("host", "a"), ("cookie", "a=1"), ("cookie", "b=2"), ("x", "y")]);
        assert_eq!(seen(Version::HTTP_11, "GET", "/", &cookies), Ok(apart));
    }

    #[test]
    fn methods_and_targets_fit() {
        let host = [("host", "a")];
        let of = |method, target| seen(Version::HTTP_11, method, target, &host).err();
        assert_eq!(of("CONNECT", "a:80"), Some(501));
        assert_eq!(of("OPTIONS", "*"), None);
        assert_eq!(of("GET", "*"), Some(400));
        assert_eq!(of("GET", "ftp://a/x"), Some(400));
        assert_eq!(of("TRACE", "/"), None);
        let body = [("host", "a"), ("content-length", "1")];
        assert_eq!(seen(Version::HTTP_11, "TRACE", "/", &body), Err(400));
    }

    #[test]
    fn codings_and_expectations_are_known() {
        assert_eq!(status(&[("host", "a"), ("transfer-encoding", "Chunked")]), None);
        for coding in ["gzip, chunked", "gzip", "identity"] {
            assert_eq!(status(&[("host", "a"), ("transfer-encoding", coding)]), Some(501), "{coding}");
        }
        assert_eq!(status(&[("host", "a"), ("expect", "100-Continue")]), None);
        assert_eq!(status(&[("host", "a"), ("expect", "200-ok")]), Some(417));
        assert_eq!(seen(Version::HTTP_10, "GET", "/", &[("expect", "200-ok")]), Ok(Vec::new()));
    }

    #[test]
    fn headers_of_the_connection_are_not_the_guests_and_the_others_keep_their_order() {
        let sent =
            [("b", "1"), ("connection", "close"), ("host", "a"), ("te", "trailers"), ("a", "2"), ("b", "3")];
        let seen = seen(Version::HTTP_11, "GET", "/", &sent);
        assert_eq!(seen, Ok(pairs(&[("b", "1"), ("b", "3"), ("host", "a"), ("a", "2")])));
    }

    #[test]
    fn a_long_head_is_refused_by_what_is_long() {
        let long = "x".repeat(1000);
        assert_eq!(seen(Version::HTTP_11, "GET", &format!("/{long}"), &[("host", "a")]), Err(414));
        assert_eq!(status(&[("host", "a"), ("x", &long)]), Some(431));
    }
}

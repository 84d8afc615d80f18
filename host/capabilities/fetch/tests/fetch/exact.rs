//! What `wasi:http` sends through the capability: exactly what the guest said.

use flux_cap_fetch::{FetchOptions, Redirect};
use flux_host::Outgoing;
use flux_host::bindings::flux::host::fetch::{Error, Request};

use crate::server::Server;
use crate::{Answer, fetch, get, header, local, send, text, with};

async fn exactly(options: FetchOptions, request: Request) -> Answer {
    fetch(options).send_exactly(request).await
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn nothing_is_added_and_nothing_is_put_in_another_order() {
    let server = Server::start().await;
    let said = [
        ("x-b", "2"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("accept-encoding", "gzip"),
        ("te", "trailers"),
        ("expect", "100-continue"),
        ("x-a", "1"),
    ];
    let request = Request { headers: pairs(&said), ..get(server.url("/seen")) };
    exactly(local(), request).await.unwrap();
    let seen = server.last();
    let lines: Vec<_> = seen.lines().skip(1).filter(|line| !line.is_empty()).collect();
    let mut expected: Vec<_> = said.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    expected.push(format!("host: {}", server.address));
    assert_eq!(lines, expected);
    exactly(local(), get(server.url("/seen"))).await.unwrap();
    assert_eq!(server.last(), format!("GET /seen HTTP/1.1\r\nhost: {}\r\n\r\n", server.address));
}

#[tokio::test]
async fn path_and_query_are_sent_as_they_are_written() {
    let server = Server::start().await;
    for target in ["/a/../b", "/%2e%2E/%7euser", "//x//", "/?a='b'&c={d}", "/a?", "/%C3%A4"] {
        exactly(local(), get(server.url(target))).await.unwrap();
        let seen = server.last();
        assert!(seen.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{target}: {seen}");
    }
}

#[tokio::test]
async fn a_redirect_is_the_response() {
    let server = Server::start().await;
    for options in [local(), FetchOptions { redirect: Redirect::Error, ..local() }] {
        let response = exactly(options, get(server.url("/loop"))).await.unwrap();
        assert_eq!((response.status, header(&response, "location")), (302, Some("/loop")));
    }
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn values_that_are_no_texts_keep_their_bytes() {
    let server = Server::start().await;
    let response = exactly(local(), get(server.url("/latin"))).await.unwrap();
    assert_eq!(header(&response, "x-latin"), Some("gr\u{10}fcn"));
    exactly(local(), with("x-key", "gr\u{10}fcn", get(server.url("/seen")))).await.unwrap();
    assert!(server.raw().windows(13).any(|bytes| bytes == b"x-key: gr\xfcn\r\n"), "{}", server.last());
    // A guest of the SDK cannot write such a byte, and none for which it would be taken.
    let forged = send(local(), with("x-key", "gr\u{10}fcn", get(server.url("/seen")))).await;
    assert!(matches!(forged, Err(Error::Invalid(_))), "{forged:?}");
}

#[tokio::test]
async fn a_length_of_nothing_is_sent_as_it_is_said() {
    let server = Server::start().await;
    for (method, said, length) in [
        ("GET", None, 0),
        ("GET", Some("0"), 1),
        ("DELETE", Some("0"), 1),
        ("OPTIONS", None, 0),
        ("POST", None, 1),
        ("PUT", Some("0"), 1),
    ] {
        let headers = said.map(|length| ("content-length".to_owned(), length.to_owned()));
        let headers = headers.into_iter().collect();
        let request = Request { method: method.to_owned(), headers, ..get(server.url("/seen")) };
        let response = exactly(local(), request).await.unwrap();
        assert_eq!(text(&response).matches("content-length: 0\r\n").count(), length, "{method} {said:?}");
    }
}

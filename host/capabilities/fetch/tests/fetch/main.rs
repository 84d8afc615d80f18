//! The capability against a server of this test's own, live, recorded and replayed.

#![expect(clippy::unwrap_used, reason = "a panic is the test's report")]

mod addresses;
mod again;
mod exact;
mod limits;
mod patterns;
mod protocols;
mod recorded;
mod redirects;
mod secrets;
mod server;
mod tls;

use std::sync::Arc;

use flux_cap_fetch::*;
use flux_host::bindings::flux::host::fetch::{Error, Host, Request, Response};
use flux_host::{Capabilities, Execution, Limits, System};
use flux_recorder::Session;
use server::Server;

type Answer = Result<Response, Error>;

fn options(allow: &[&str]) -> FetchOptions {
    let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
    FetchOptions { allow, ..FetchOptions::default() }
}

fn fetch(options: FetchOptions) -> Fetch {
    Fetch::new(options, Arc::default()).unwrap()
}

fn execution(session: Session, fetch: Option<Fetch>) -> Execution {
    let mut capabilities = Capabilities::default();
    if let Some(fetch) = fetch {
        capabilities.add(fetch);
    }
    Execution::new(session, Arc::new(System::new()), Arc::new(capabilities), Limits::default())
}

fn live(options: FetchOptions) -> Execution {
    execution(Session::live([0; 32]), Some(fetch(options)))
}

/// All ports of this machine, where the servers of the tests are.
fn local() -> FetchOptions {
    options(&["127.0.0.1:*"])
}

fn get(url: impl Into<String>) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
    }
}

fn with(header: &str, value: &str, request: Request) -> Request {
    Request { headers: vec![(header.to_owned(), value.to_owned())], ..request }
}

async fn send(options: FetchOptions, request: Request) -> Answer {
    View(&mut live(options)).send(request).await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[tokio::test]
async fn method_path_headers_and_host_arrive() {
    let server = Server::start().await;
    for method in ["GET", "POST", "DELETE", "PATCH", "PURGE"] {
        let request = with("X-Key", "gr\u{fc}n", get(server.url("/seen?a=%20b")));
        let response = send(local(), Request { method: method.to_owned(), ..request }).await.unwrap();
        let seen = text(&response);
        assert!(seen.starts_with(&format!("{method} /seen?a=%20b HTTP/1.1\r\n")), "{seen}");
        assert!(seen.contains("x-key: gr\u{fc}n\r\n"), "{seen}");
        assert!(seen.contains(&format!("host: {}\r\n", server.address)), "{seen}");
        for absent in ["accept-encoding", "cookie", "referer", "user-agent"] {
            assert!(!seen.contains(absent), "{seen}");
        }
    }
}

#[tokio::test]
async fn host_and_length_may_be_said_if_they_are_right() {
    let server = Server::start().await;
    let post = Request { method: "POST".to_owned(), body: b"four".to_vec(), ..get(server.url("/seen")) };
    let headers =
        vec![("Host".to_owned(), server.address.to_string()), ("content-length".to_owned(), "4".to_owned())];
    let response = send(local(), Request { headers, ..post.clone() }).await.unwrap();
    assert_eq!(text(&response).matches("host: ").count(), 1);
    for (name, value) in [("host", "example.com"), ("content-length", "5")] {
        let refused = send(local(), with(name, value, post.clone())).await;
        assert!(matches!(refused, Err(Error::Invalid(why)) if why.contains(name)));
    }
}

#[tokio::test]
async fn bodies_pass_unchanged_in_both_directions() {
    let server = Server::start().await;
    let body: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let request = Request { method: "PUT".to_owned(), body: body.clone(), ..get(server.url("/echo")) };
    let response = send(local(), request).await.unwrap();
    assert_eq!((response.status, response.body == body), (200, true));
}

/// RFC 9110, 8.6: a server may answer a POST without a length with 411.
#[tokio::test]
async fn a_request_without_a_body_says_so_where_one_is_expected() {
    let server = Server::start().await;
    let lengths = |method: &str, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let request =
            Request { method: method.to_owned(), headers: headers.collect(), ..get(server.url("/seen")) };
        async move { text(&send(local(), request).await.unwrap()).matches("content-length: 0\r\n").count() }
    };
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(lengths(method, &[]).await, 1, "{method}");
        assert_eq!(lengths(method, &[("Content-Length", "0")]).await, 1, "{method}");
    }
    for method in ["GET", "DELETE", "OPTIONS"] {
        assert_eq!(lengths(method, &[]).await, 0, "{method}");
        assert_eq!(lengths(method, &[("content-length", "0")]).await, 1, "{method}");
    }
    for wrong in ["1", "+0", "", "0, 0", "0x0"] {
        let refused = send(local(), with("content-length", wrong, get(server.url("/seen")))).await;
        assert!(matches!(refused, Err(Error::Invalid(why)) if why.contains("content-length")), "{wrong}");
    }
}

/// The contract has texts. What is none is refused, not altered.
#[tokio::test]
async fn a_response_with_a_header_that_is_no_text_is_refused() {
    let server = Server::start().await;
    let refused = send(local(), get(server.url("/latin"))).await;
    assert!(matches!(&refused, Err(Error::Protocol(why)) if why.contains("x-latin")), "{refused:?}");
}

#[tokio::test]
async fn every_status_is_a_response_and_its_headers_are_texts() {
    let server = Server::start().await;
    let response = send(local(), get(server.url("/teapot"))).await.unwrap();
    assert_eq!((response.status, text(&response)), (418, "short and stout"));
    assert_eq!(header(&response, "x-utf8"), Some("gr\u{fc}n"));
    assert_eq!(header(&response, "content-encoding"), Some("gzip"));
    assert_eq!(header(&response, "connection"), None);
    let twice: Vec<_> = response.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    assert_eq!(twice.len(), 2);
}

#[tokio::test]
async fn what_is_not_allowed_is_denied() {
    let denied = |url: &'static str| async move {
        match send(options(&["example.com"]), get(url)).await {
            Err(Error::Denied(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    let why = denied("https://x.invalid/path").await;
    assert_eq!(
        why,
        "host 'x.invalid:443' is not in flux.toml [FLX0502]; hint: add \"x.invalid\" to allow under [fetch]"
    );
    let why = denied("http://example.com:81").await;
    assert_eq!(
        why,
        "host 'example.com:81' is not in flux.toml [FLX0502]; hint: add \"example.com:81\" to allow under [fetch]"
    );
}

#[tokio::test]
async fn failures_have_their_own_cases() {
    let server = Server::start().await;
    let garbage = send(local(), get(server.url("/garbage"))).await;
    assert!(matches!(garbage, Err(Error::Protocol(_))), "{garbage:?}");
    let broken = send(local(), get(server.url("/broken"))).await;
    assert!(matches!(broken, Err(Error::Protocol(_))), "{broken:?}");
    let plain = send(local(), get(server.url("/seen").replace("http:", "https:"))).await;
    assert!(matches!(plain, Err(Error::Tls(_))), "{plain:?}");
    let refused = send(local(), get(format!("http://{}", server::unused().await))).await;
    assert!(matches!(&refused, Err(Error::Connect(why)) if why.contains("refused")), "{refused:?}");
    let unknown = send(options(&["*.invalid"]), get("http://no-such-name.invalid/?key=secret")).await;
    assert!(matches!(&unknown, Err(Error::Dns(why)) if !why.contains("secret")), "{unknown:?}");
}

#[tokio::test]
async fn requests_that_are_none_are_invalid() {
    let url = "http://127.0.0.1:1/";
    let method = |name: &str| Request { method: name.to_owned(), ..get(url) };
    for (request, why) in [
        (get(""), "url: "),
        (get("/path"), "url: "),
        (get("ftp://127.0.0.1/"), "url: the scheme is ftp"),
        (get("file:///etc/passwd"), "url: the scheme is file"),
        (get("http://me:secret@127.0.0.1:1/"), "url: it names a user"),
        (method(""), "method: "),
        (method("G T"), "method: 'G T'"),
        (method("CONNECT"), "method: CONNECT"),
        (with("", "v", get(url)), "header: "),
        (with("a b", "v", get(url)), "header: 'a b'"),
        (with("a", "v\r\nb: c", get(url)), "header: the value of a"),
        (with("Connection", "close", get(url)), "header: connection"),
        (with("transfer-encoding", "chunked", get(url)), "header: transfer-encoding"),
        (with("TE", "trailers", get(url)), "header: te"),
    ] {
        let answer = send(local(), request.clone()).await;
        assert!(matches!(&answer, Err(Error::Invalid(it)) if it.starts_with(why)), "{request:?}: {answer:?}");
    }
}

#[tokio::test]
async fn send_all_is_concurrent_and_answers_in_the_order_of_the_requests() {
    let server = Server::start().await;
    // The server answers these two only when it has both.
    let requests = vec![get(server.url("/meet/1")), get("nothing"), get(server.url("/meet/2"))];
    let answers = View(&mut live(local())).send_all(requests).await.unwrap();
    assert_eq!(text(answers[0].as_ref().unwrap()), "/meet/1");
    assert!(matches!(answers[1], Err(Error::Invalid(_))));
    assert_eq!(text(answers[2].as_ref().unwrap()), "/meet/2");
    assert_eq!(View(&mut live(local())).send_all(Vec::new()).await.unwrap(), []);
}

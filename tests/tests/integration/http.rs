//! HTTP over real sockets, byte by byte: what docs/http.md says.

use std::io::{Read, Write};
use std::net::TcpStream;

use flux_tests::http2;

use crate::shop::{tail, trace};
use crate::support::{Project, Server, guest};

/// A guest that answers as it is asked, behind a catch-all route for every method.
fn answering(http: &str) -> Project {
    of(&guest("trouble_rust", ""), http)
}

fn of(component: &std::path::Path, http: &str) -> Project {
    Project::new(&format!(
        "[app]\nname = \"test\"\n[guests.g]\nsource = {:?}\n[kv.b]\nmemory = true\n[http]\n{http}\n\
         [[http.routes]]\nroute = \"* /{{*rest}}\"\nguest = \"g\"\n",
        component.display().to_string()
    ))
}

fn connect(server: &Server) -> TcpStream {
    let address = server.http.strip_prefix("http://").expect("a http address");
    TcpStream::connect(address).expect("it listens")
}

/// Sends bytes, and reads until the server ends the connection.
fn send(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server);
    stream.write_all(bytes).expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it is answered");
    answer.iter().map(|byte| char::from(*byte)).collect()
}

/// One answer to a request of HTTP/1.1 that ends its connection.
fn get(server: &Server, method: &str, target: &str, headers: &str) -> String {
    send(
        server,
        format!("{method} {target} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n").as_bytes(),
    )
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
}

fn header<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.filter(|(named, _)| *named == name).map(|(_, value)| value).collect()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}")).1
}

fn replays(project: &Project) {
    let (status, report) = project.flux_json(&["replay", "--last", "1000"]);
    assert_eq!(status, 0, "{report}");
}

#[test]
fn what_http_does_not_have_is_a_502_and_the_record_says_so() {
    let project = answering("");
    let server = project.serve(&[]);
    let cases = [
        ("status=99", "the guest answered with status 99, which HTTP does not have"),
        ("status=600", "the guest answered with status 600, which HTTP does not have"),
        ("status=103", "the guest answered with status 103, which only announces an answer"),
        ("h=a(b:c", "the guest answered with a header that HTTP does not allow: its name is \"a(b\""),
        ("h=:c", "the guest answered with a header that HTTP does not allow: its name is \"\""),
        (
            "h=x:a^b",
            "the guest answered with a header that HTTP does not allow: the value of 'x' has a control character",
        ),
        ("h=content-length:x", "the guest answered with a content-length that is no length"),
        ("many=40000", "the guest answered with too many headers, or with more than 262144 bytes of them"),
    ];
    for (query, reason) in cases {
        let answer = get(&server, "GET", &format!("/answer?{query}"), "");
        assert_eq!(status(&answer), 502, "{query}: {answer}");
        assert_eq!(header(&answer, "content-type"), ["application/problem+json"]);
        let problem: serde_json::Value = serde_json::from_str(body(&answer)).expect("a document");
        assert_eq!(problem["title"], reason);
        let events = trace(&project, header(&answer, "x-flux-execution")[0]);
        assert_eq!(events[events.len() - 1]["outcome"], format!("trap: {reason}"), "{query}");
    }
    assert_eq!(server.stop().status, 0);
    assert!(tail(&project).iter().all(|record| record["outcome"] == "trap"));
    replays(&project);
}

#[test]
fn an_answer_has_the_length_of_its_body() {
    let project = answering("");
    let server = project.serve(&[]);
    let of = |method: &str, query: &str| {
        let answer = get(&server, method, &format!("/answer?{query}"), "");
        let length = header(&answer, "content-length").join("|");
        (status(&answer), length, body(&answer).to_owned())
    };
    let is = |status: u16, length: &str, body: &str| (status, length.to_owned(), body.to_owned());
    assert_eq!(of("GET", "body=abc"), is(200, "3", "abc"));
    assert_eq!(of("GET", "body=abc&h=content-length:99"), is(200, "3", "abc"));
    assert_eq!(of("GET", "h=transfer-encoding:chunked&body=abc"), is(200, "3", "abc"));
    assert_eq!(of("HEAD", "body=abc"), is(200, "3", ""));
    assert_eq!(of("HEAD", "h=content-length:1234"), is(200, "1234", ""));
    assert_eq!(of("HEAD", ""), is(200, "", ""));
    assert_eq!(of("HEAD", "status=99").0, 502);
    assert_eq!(of("GET", "status=204&body=abc&h=content-length:3"), is(204, "", ""));
    assert_eq!(of("GET", "status=205&body=abc"), is(205, "0", ""));
    assert_eq!(of("GET", "status=304&body=abc"), is(304, "", ""));
    assert_eq!(of("GET", "status=304&h=content-length:1234"), is(304, "1234", ""));
    // The next answer on the same connection is where it has to be.
    let requests = "GET /answer?status=304&body=abc&h=content-length:9 HTTP/1.1\r\nhost: t\r\n\r\n\
                    HEAD /answer?body=abc HTTP/1.1\r\nhost: t\r\n\r\n\
                    GET /answer?status=204&body=abc HTTP/1.1\r\nhost: t\r\n\r\n\
                    GET /answer?body=last HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n";
    let answers = send(&server, requests.as_bytes());
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 4, "{answers}");
    assert!(answers.ends_with("\r\n\r\nlast"), "{answers}");
    assert_eq!(server.stop().status, 0);
    replays(&project);
}

#[test]
fn a_wasi_guest_keeps_bytes_and_lengths() {
    let project = of(&guest("trouble_wasi_rust", ""), "");
    let server = project.serve(&[]);
    let head = get(&server, "HEAD", "/length", "");
    assert_eq!((status(&head), header(&head, "content-length"), body(&head)), (200, vec!["1234"], ""));
    let unchanged = get(&server, "GET", "/unchanged", "");
    assert_eq!((status(&unchanged), body(&unchanged)), (304, ""));
    assert_eq!(status(&get(&server, "GET", "/hints", "")), 502);
    let request = b"GET /latin HTTP/1.1\r\nhost: t\r\nconnection: close\r\nx-name: caf\xe9 \xc3\xa9\r\n\r\n";
    let latin = send(&server, request);
    assert_eq!(header(&latin, "x-name"), ["caf\u{e9} \u{c3}\u{a9}"], "{latin}");
    assert_eq!(header(&latin, "x-seen"), ["[[99, 97, 102, 233, 32, 195, 169]]"]);
    assert_ne!(status(&get(&server, "GET", "/caf%E9", "")), 400, "the path's bytes are the guest's");
    assert_eq!(server.stop().status, 0);
    replays(&project);
}

#[test]
fn what_a_text_guest_cannot_be_told_is_refused() {
    let project = answering("");
    let server = project.serve(&[]);
    let request = b"GET /answer HTTP/1.1\r\nhost: t\r\nconnection: close\r\nx-name: caf\xe9\r\n\r\n";
    for answer in [send(&server, request), get(&server, "GET", "/caf%E9", "")] {
        assert_eq!(status(&answer), 400);
        assert_eq!(header(&answer, "content-type"), ["application/problem+json"]);
        assert!(body(&answer).contains("x-name") || body(&answer).contains("'rest'"), "{answer}");
    }
    assert_eq!(server.stop().status, 0);
    assert!(tail(&project).is_empty());
}

#[test]
fn every_request_has_one_host_and_the_target_s_wins() {
    let project = answering("");
    let server = project.serve(&[]);
    let of = |request: &str| send(&server, request.replace('\n', "\r\n").as_bytes());
    assert_eq!(status(&of("GET /echo/ HTTP/1.1\nconnection: close\n\n")), 400);
    assert_eq!(status(&of("GET /echo/ HTTP/1.1\nhost: a\nhost: a\nconnection: close\n\n")), 400);
    assert_eq!(status(&of("GET /echo/ HTTP/1.1\nhost: a b\nconnection: close\n\n")), 400);
    let absolute = of("GET http://b.test/echo/x HTTP/1.1\nhost: a.test\nconnection: close\n\n");
    assert!(body(&absolute).starts_with("GET /echo/x 0\nrest = echo/x\nhost: b.test\n"), "{absolute}");
    let old = of("GET /echo/x HTTP/1.0\n\n");
    assert!(old.starts_with("HTTP/1.0 200") && body(&old) == "GET /echo/x 0\nrest = echo/x\n", "{old}");
    assert_eq!(server.stop().status, 0);
}

#[test]
fn rules_that_are_left_to_a_server_hold() {
    let project = answering("max-body = 1000");
    let server = project.serve(&[]);
    let cases = [
        ("CONNECT", "a:80", "", 501),
        ("TRACE", "/echo/", "content-length: 1\r\n", 400),
        ("TRACE", "/echo/", "", 200),
        ("GET", "*", "", 400),
        ("OPTIONS", "*", "", 204),
        ("PURGE", "/echo/", "", 200),
        ("get", "/echo/", "", 200),
        ("POST", "/echo/", "expect: 200-ok\r\ncontent-length: 1\r\n", 417),
        ("POST", "/echo/", "expect: 100-continue\r\ncontent-length: 1001\r\n", 413),
        ("POST", "/echo/", "transfer-encoding: gzip, chunked\r\n", 501),
        ("POST", "/echo/", "content-length: 1\r\ncontent-length: 2\r\n", 400),
        ("GET", "/echo/", ": empty\r\n", 400),
        ("GET", "/echo/", "a: b\r\n folded\r\n", 400),
        ("GET", "/echo/", "a : b\r\n", 400),
    ];
    for (method, target, headers, expected) in cases {
        let answer = get(&server, method, target, headers);
        assert_eq!(status(&answer), expected, "{method} {target} {headers}: {answer}");
        assert_eq!(header(&answer, "date").len(), 1, "{answer}");
    }
    let both = "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\ntrailer: x\r\n";
    let both = get(&server, "POST", "/echo/", both);
    assert!(
        body(&both).starts_with("POST /echo/ 4\n") && !body(&both).contains("transfer-encoding"),
        "{both}"
    );
    let hop = get(&server, "GET", "/echo/", "te: trailers\r\nupgrade: h2c\r\nhttp2-settings: x\r\n");
    assert!(
        !body(&hop).contains("te:") && !body(&hop).contains("upgrade") && !body(&hop).contains("connection"),
        "{hop}"
    );
    assert_eq!(server.stop().status, 0);
}

#[test]
fn a_body_that_is_expected_is_asked_for() {
    let project = answering("");
    let server = project.serve(&[]);
    let mut stream = connect(&server);
    let head = b"POST /echo/ HTTP/1.1\r\nhost: t\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    stream.write_all(head).expect("it is sent");
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("it is answered");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    assert!(body(&answer).starts_with("POST /echo/ 3\n"), "{answer}");
    server.stop();
}

#[test]
fn a_client_that_ends_its_side_is_answered() {
    let project = answering("");
    let server = project.serve(&[]);
    let mut stream = connect(&server);
    stream.write_all(b"GET /answer?body=abc HTTP/1.1\r\nhost: t\r\n\r\n").expect("it is sent");
    stream.shutdown(std::net::Shutdown::Write).expect("its side ends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    assert_eq!(body(&answer), "abc");
    server.stop();
}

#[test]
fn a_client_that_does_not_go_on_is_let_go() {
    let project = answering("head-ms = 300\nbody-ms = 300\nidle-ms = 600");
    let server = project.serve(&[]);
    for half in [
        "",
        "G",
        "GET / HTTP/1.1\r\nhost: t\r\nx-",
        "PRI * HTTP/2.0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        // The server ends the connection: reading comes to an end.
        let mut stream = connect(&server);
        stream.write_all(half.as_bytes()).expect("it is sent");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{half}");
    }
    let slow = get(&server, "POST", "/echo/", "content-length: 30\r\n\r\nab");
    assert_eq!(status(&slow), 408, "{slow}");
    assert_eq!(header(&slow, "connection"), ["close"]);
    // Kept alive, and idle.
    let idle = send(&server, b"GET /answer?body=abc HTTP/1.1\r\nhost: t\r\n\r\n");
    assert_eq!(body(&idle), "abc");
    let second = send(&server, b"GET /answer?body=abc HTTP/1.1\r\nhost: t\r\n\r\nGET / HT");
    assert_eq!(body(&second), "abc");
    assert_eq!(server.stop().status, 0);
}

#[test]
fn connections_and_bodies_are_bounded() {
    let project = answering(
        "max-connections = 2\nmax-body = 1000\nmax-bodies = 1000\nhead-ms = 60000\nbody-ms = 60000",
    );
    let server = project.serve(&[]);
    let mut half = connect(&server);
    let head = "POST /echo/ HTTP/1.1\r\nhost: t\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n";
    half.write_all(head.as_bytes()).expect("it is sent");
    half.write_all(&[b'a'; 900]).expect("it is sent");
    let mut go_on = [0; 25];
    half.read_exact(&mut go_on).expect("its body is being read");
    crate::shop::poll("a body that finds no room", || {
        let full = get(&server, "POST", "/echo/", &format!("content-length: 200\r\n\r\n{}", "b".repeat(200)));
        (status(&full) == 503 && header(&full, "retry-after") == ["1"]).then_some(())
    });
    // Two connections are open; a third is served when one of them has ended.
    let idle = connect(&server);
    let mut third = connect(&server);
    third
        .write_all(b"GET /answer?body=third HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        .expect("it is sent");
    half.write_all(&[b'a'; 100]).expect("it is sent");
    let mut answer = String::new();
    half.read_to_string(&mut answer).expect("it is answered");
    assert!(body(&answer).starts_with("POST /echo/ 1000\n"), "{answer}");
    let mut answer = String::new();
    third.read_to_string(&mut answer).expect("it is answered");
    assert_eq!(body(&answer), "third");
    drop(idle);
    assert_eq!(server.stop().status, 0);
}

#[test]
fn a_body_over_its_limit_is_refused_and_the_answer_arrives() {
    let project = answering("max-body = 1000");
    let server = project.serve(&[]);
    let long = "x".repeat(4 << 20);
    let answer = get(&server, "POST", "/echo/", &format!("content-length: {}\r\n\r\n{long}", long.len()));
    assert_eq!((status(&answer), header(&answer, "connection")), (413, vec!["close"]), "{answer}");
    let chunked = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n", long.len());
    assert_eq!(status(&get(&server, "POST", "/echo/", &chunked)), 413);
    assert_eq!(server.stop().status, 0);
}

#[test]
fn http_2_looks_like_http_1_to_a_guest() {
    let project = answering("");
    let server = project.serve(&[]);
    let address = server.http.strip_prefix("http://").expect("a http address");
    let ask = |method: &str, path: &str, headers: &[(&str, &str)]| http2(address, method, path, headers);
    let (status, _, body) = ask("GET", "/echo/x", &[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")]);
    assert_eq!(status, 200, "{body}");
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines[..2], ["GET /echo/x 0", "rest = echo/x"]);
    for line in ["cookie: a=1; b=2", "x: y", &format!("host: {address}")] {
        assert_eq!(lines.iter().filter(|found| **found == line).count(), 1, "{line}: {body}");
    }
    assert_eq!(ask("GET", "/echo/x", &[("host", "other.test")]).0, 400);
    for (method, query, status) in
        [("HEAD", "body=abc", 200), ("GET", "status=204&body=abc", 204), ("GET", "status=304&body=abc", 304)]
    {
        let answer = ask(method, &format!("/answer?{query}"), &[]);
        assert_eq!((answer.0, answer.2.as_str()), (status, ""), "{query}");
    }
    let head = ask("HEAD", "/answer?h=content-length:1234", &[]);
    assert_eq!(head.1.get("content-length").map(String::as_str), Some("1234"));
    let unchanged = ask("GET", "/answer?status=304&h=content-length:1234", &[]);
    assert_eq!((unchanged.0, unchanged.1.get("content-length").map(String::as_str)), (304, Some("1234")));
    assert_eq!(ask("GET", "/answer?status=99", &[]).0, 502);
    assert_eq!(ask("HEAD", "/answer?status=99", &[]).0, 502);
    assert_eq!(server.stop().status, 0);
    replays(&project);
}

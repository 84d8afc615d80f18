//! `wasi:http` guests that say exactly what is sent, or do not finish what they send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::shop::{ask, tail, trace};
use crate::support::{Answer, Project, Server, guest};

/// A server that keeps the bytes of every request, and answers all with a redirect and a header in latin-1.
struct Wire {
    address: String,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wire {
    /// Its thread ends with the tests.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let keep = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request = exchange(&stream).expect("a request");
                keep.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn exchange(mut stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while !head.ends_with(b"\r\n\r\n") && reader.read_until(b'\n', &mut head)? > 0 {}
    stream.write_all(
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nx-latin: na\xefve\r\ncontent-length: 0\r\n\
          connection: close\r\n\r\n",
    )?;
    stream.shutdown(std::net::Shutdown::Write)?;
    reader.read_to_end(&mut Vec::new())?;
    Ok(head)
}

fn project(address: &str, more: &str) -> Project {
    let fetch = format!("[fetch]\nallow = [\"{address}\"]\n");
    Project::of_guest(&guest("plain_wasi_rust", ""), &format!("{fetch}{more}"))
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn get(server: &Server, path: &str, address: &str) -> Answer {
    ask(server, "GET", &format!("{path}?to=http://{address}/a/../b?c='d'"), "")
}

fn events(project: &Project, answer: &Answer, kind: &str) -> Vec<Value> {
    let all = trace(project, answer.execution.as_deref().expect("an id"));
    all.into_iter().filter(|event| event["event"] == kind).collect()
}

/// What the record says of requests that were not sent.
fn unsent(project: &Project, answer: &Answer) -> Vec<String> {
    let marks = events(project, answer, "mark").into_iter().filter(|mark| mark["name"] == "wasi:http");
    marks.map(|mark| mark["value"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Everything that was recorded is what a replay does, with nobody there to ask.
fn assert_replays(project: &Project) {
    let (status, report) = project.flux_json(&["replay", "--last", "100"]);
    let executions = report["executions"].as_array().expect("executions");
    assert_eq!(executions.len(), tail(project).len());
    for it in executions {
        assert_eq!((&it["verdict"], &it["unrecordedInputs"]), (&json!("identical"), &json!([])), "{it}");
    }
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
}

/// Order, duplicates and bytes of headers, path and query: nothing is altered, added or followed.
#[test]
fn what_a_wasi_guest_says_is_what_is_sent_and_what_it_is_answered() {
    let wire = Wire::start();
    let project = project(&wire.address, "");
    let server = project.serve(&[]);
    let answer = get(&server, "/exact", &wire.address);
    server.stop();
    assert_eq!(text(&answer), "302 x-latin=[6e, 61, ef, 76, 65]\n");
    let seen = wire.seen();
    assert_eq!(seen.len(), 1, "no redirect is followed");
    let mut expected =
        b"GET /a/../b?c='d' HTTP/1.1\r\nx-b: 2\r\ncookie: a=1\r\ncookie: b=2\r\nx-latin: caf\xe9\r\n"
            .to_vec();
    expected
        .extend_from_slice(format!("te: trailers\r\nx-a: 1\r\nhost: {}\r\n\r\n", wire.address).as_bytes());
    assert_eq!(seen[0].escape_ascii().to_string(), expected.escape_ascii().to_string());
    assert_eq!(events(&project, &answer, "call").len(), 1);
    assert_replays(&project);
}

/// Waits for a response that can never come, and is told so.
fn refused(paths: &[&str], requests: usize) {
    let wire = Wire::start();
    let project = project(&wire.address, "[limits]\ntime-ms = 60000\n");
    let server = project.serve(&[]);
    let answers: Vec<_> = paths.iter().map(|path| (path, get(&server, path, &wire.address))).collect();
    server.stop();
    for (path, answer) in answers {
        let said = text(&answer);
        assert!(
            said.starts_with("internal-error: ") && said.contains("outgoing-body.finish"),
            "{path}: {said}"
        );
        assert_eq!(events(&project, &answer, "call").len(), 0, "{path}");
        let marks = unsent(&project, &answer);
        assert_eq!(marks.len(), requests, "{path}: {marks:?}");
        let says = |mark: &String| mark.contains(&wire.address) && mark.contains("hint: ");
        assert!(marks.iter().all(says), "{path}: {marks:?}");
    }
    assert_eq!(wire.seen().len(), 0);
    assert_replays(&project);
}

#[test]
fn a_guest_that_waits_before_it_has_finished_is_refused_at_once() {
    refused(&["/held"], 1);
}

#[test]
fn a_timer_beyond_the_guests_time_wakes_nobody() {
    refused(&["/timed"], 1);
}

#[test]
fn a_timer_that_ends_wakes_the_guest_and_the_next_wait_is_refused() {
    refused(&["/impatient"], 1);
}

#[test]
fn a_guest_that_waits_for_several_unfinished_requests_is_refused_all() {
    refused(&["/several"], 2);
}

#[test]
fn a_request_that_is_dropped_or_left_unfinished_is_named_in_the_record() {
    let wire = Wire::start();
    let project = project(&wire.address, "");
    let server = project.serve(&[]);
    let (dropped, left) = (get(&server, "/dropped", &wire.address), get(&server, "/left", &wire.address));
    server.stop();
    assert_eq!((text(&dropped).as_str(), text(&left).as_str()), ("ErrorCode::HttpProtocolError\n", "left\n"));
    for answer in [&dropped, &left] {
        let marks = unsent(&project, answer);
        assert!(marks.len() == 1 && marks[0].contains("was not sent"), "{marks:?}");
        assert_eq!(events(&project, answer, "call").len(), 0);
    }
    assert_eq!(wire.seen().len(), 0);
    assert_replays(&project);
}

/// As many as wasmtime gives, and no more than the guest's memory may be.
#[test]
fn a_wasi_guest_may_ask_for_many_random_bytes_at_once() {
    let project = project("127.0.0.1:1", "[limits]\nmemory = 33554432\n");
    let server = project.serve(&[]);
    for length in [0, 65_537, 8 << 20] {
        let answer = ask(&server, "GET", &format!("/random?{length}"), "");
        assert_eq!(text(&answer).matches(&format!("({length}, ")).count(), 2, "{answer:?}");
    }
    let much = ask(&server, "GET", "/random?33554433", "");
    let more = ask(&server, "GET", "/random?67108865", "");
    server.stop();
    let outcome = |answer| events(&project, answer, "end")[0]["outcome"].to_string();
    assert!(outcome(&much).contains("memory-limit"), "{}", outcome(&much));
    assert!(outcome(&more).contains("67108864 is the most"), "{}", outcome(&more));
    assert_replays(&project);
}

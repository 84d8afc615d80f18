//! A host with less room than there is work: nobody but the client who is turned away notices.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::shop::{ask, poll, tail};
use crate::support::{Project, guest, request};

/// Sends a request and does not wait for its answer.
fn send(base: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").expect("http")).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("it is sent");
    stream
}

fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it is answered");
    text
}

#[test]
fn a_request_without_a_place_is_told_to_come_again_and_is_not_recorded() {
    let limits = "[limits]\nconcurrency = 1\ntime-ms = 4000\n";
    let project =
        Project::of_guest(&guest("trouble_wasi_rust", ""), &format!("[http]\nwait-ms = 50\n{limits}"));
    let server = project.serve(&[]);
    let first = send(&server.http, "/sleep");
    let turned_away = poll("a request that finds no place", || {
        let answer = read(send(&server.http, "/well"));
        answer.starts_with("HTTP/1.1 503").then_some(answer)
    });
    assert!(turned_away.contains("retry-after: 1"), "{turned_away}");
    assert!(!turned_away.contains("x-flux-execution"), "{turned_away}");
    assert!(read(first).starts_with("HTTP/1.1 504"));
    assert_eq!(ask(&server, "GET", "/well", "").status, 200, "the place is free again");
    server.stop();
    let outcomes = Value::from(tail(&project)).to_string();
    assert!(!outcomes.contains("trap") && !outcomes.contains("\"host\""), "{outcomes}");
}

#[test]
fn requests_that_find_a_place_in_time_are_all_answered() {
    let project = Project::of_guest(&guest("hello_wasi_rust", ""), "[limits]\nconcurrency = 1\n");
    let server = project.serve(&[]);
    let streams: Vec<_> = (0..40).map(|_| send(&server.http, "/")).collect();
    for stream in streams {
        let answer = read(stream);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(request(&server.http, "GET", "/", "").expect("it is answered").status, 200);
    server.stop();
    assert_eq!(tail(&project).len(), 41);
}

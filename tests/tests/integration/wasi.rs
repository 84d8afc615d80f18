//! A `wasi:http` component that knows nothing of Flux.

use serde_json::Value;

use crate::support::{Project, guest, request};

/// A guest that answered one request, and the execution's id.
fn served(folder: &str) -> (Project, String) {
    let project = Project::of_guest(&guest(folder, ""), "");
    let server = project.serve(&[]);
    let answer = request(&server.http, "GET", "/some/path?a=b", "").expect("it is answered");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello\n"[..]));
    let id = answer.execution.expect("an execution's id");
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    (project, id)
}

#[test]
fn a_wasi_http_guest_is_recorded_and_traced() {
    let (project, id) = served("hello_wasi_rust");
    let (status, trace) = project.flux_json(&["trace", &id]);
    assert_eq!(status, 0);
    let events = trace["events"].as_array().expect("events");
    let (begin, end) = (&events[0], &events[events.len() - 1]);
    assert_eq!((&begin["event"], &begin["id"]), (&Value::from("begin"), &Value::from(id)));
    assert!(begin["input"].to_string().contains("/some/path"), "{begin}");
    assert_eq!(end["event"], "end");
    assert!(end["result"].to_string().contains("hello"), "{end}");
}

#[test]
fn a_wasi_http_guest_replays_identically() {
    let (project, id) = served("hello_wasi_rust");
    let (status, report) = project.flux_json(&["replay", &id]);
    assert_eq!((status, &report["pass"]), (0, &Value::Bool(true)), "{report}");
    assert_eq!(report["executions"][0]["verdict"], "identical");
    assert_eq!(report["executions"][0]["divergences"], Value::Array(Vec::new()));
}

#[test]
fn a_guest_of_the_sdk_is_replayed_against_one_without_it() {
    let (project, id) = served("hello_rust");
    let other = guest("hello_wasi_rust", "").display().to_string();
    let (status, report) = project.flux_json(&["replay", &id, "--against", &other]);
    // The same status, headers and body: how a guest was built is no part of its behaviour.
    assert_eq!((status, &report["pass"]), (0, &Value::Bool(true)), "{report}");
    assert_eq!(report["executions"][0]["verdict"], "identical", "{report}");
    assert_ne!(report["against"], report["executions"][0]["guest"]);
}

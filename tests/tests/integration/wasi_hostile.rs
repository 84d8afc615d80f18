//! `wasi:http` guests that go wrong: each ends as a named outcome, and a replay ends in the same way.

use serde_json::json;

use crate::shop::{ask, tail, trace};
use crate::support::{Project, guest};

/// Asks for one trouble, and checks what the client gets and what the record says.
fn fails(limits: &str, path: &str, status: u16, outcome: &str) {
    let project = Project::of_guest(&guest("trouble_wasi_rust", ""), &format!("[limits]\n{limits}\n"));
    let server = project.serve(&[]);
    let answer = ask(&server, "GET", path, "");
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(ask(&server, "GET", "/well", "").status, 200, "the server lives on");
    server.stop();
    let events = trace(&project, answer.execution.as_deref().expect("an id"));
    let said = events.last().and_then(|end| end["outcome"].as_str()).unwrap_or_default();
    assert!(said.contains(outcome), "{said}");
    let (status, report) = project.flux_json(&["replay", "--last", "10"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report:#}");
    let executions = report["executions"].as_array().expect("executions");
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report:#}");
    assert_eq!(tail(&project).len(), 2);
}

#[test]
fn a_response_that_is_never_set_is_noticed() {
    fails("", "/silent", 500, "trap: the guest set no response");
    fails("", "/leak", 500, "trap: the guest set no response");
}

#[test]
fn a_response_that_breaks_off_is_no_response() {
    fails("", "/panic", 500, "in the middle of a response");
}

#[test]
fn a_response_without_an_end_ends_at_its_limit() {
    fails("response = 100000", "/long", 500, "output-limit: its response is longer than 100000 bytes");
}

#[test]
fn bodies_that_are_never_sent_end_at_the_memory_limit() {
    fails("memory = 33554432", "/fill", 500, "memory-limit: the bodies of its requests and responses");
}

#[test]
fn a_guest_that_only_asks_ends_at_a_limit() {
    fails("calls = 5000", "/spin", 500, "call-limit");
}

#[test]
fn a_guest_that_waits_too_long_ends_at_the_time_limit() {
    let project = Project::of_guest(&guest("trouble_wasi_rust", ""), "[limits]\ntime-ms = 300\n");
    let server = project.serve(&[]);
    let answer = ask(&server, "GET", "/sleep", "");
    assert_eq!(answer.status, 504, "{answer:?}");
    server.stop();
    let events = trace(&project, answer.execution.as_deref().expect("an id"));
    assert_eq!(events[events.len() - 1]["outcome"], "time-limit: it ran longer than 300 ms");
}

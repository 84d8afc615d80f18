//! What goes on after an answer, what is left open at an end, and where a limit ends an execution: what the
//! client gets, what the record says, and that a replay says the same.

use serde_json::{Value, json};

use crate::shop::{ask, tail, trace};
use crate::support::{Answer, Project, guest};
use crate::upstream::Upstream;

const SHORT: &str = "time-ms = 500";

/// A project of one guest, with limits of flux.toml.
fn project(folder: &str, limits: &str, more: &str) -> Project {
    Project::of_guest(&guest(folder, ""), &format!("[limits]\n{limits}\n{more}"))
}

/// What lets a guest reach a server.
fn fetch(upstream: &Upstream) -> String {
    format!("[fetch]\nallow = [\"{}\"]\n", upstream.address)
}

/// Asks once, ends the server, and gives the answer with the events of its execution.
fn asked(project: &Project, method: &str, path: &str) -> (Answer, Vec<Value>) {
    let server = project.serve(&[]);
    let answer = ask(&server, method, path, "");
    // It waits for what runs on.
    server.stop();
    let events = trace(project, answer.execution.as_deref().expect("an id"));
    (answer, events)
}

fn mark(events: &[Value], name: &str) -> Option<String> {
    let mark = events.iter().find(|event| event["event"] == "mark" && event["name"] == name)?;
    mark["value"].as_str().map(str::to_owned)
}

fn functions(events: &[Value]) -> Vec<&str> {
    let calls = events.iter().filter(|event| event["event"] == "call");
    calls.filter_map(|call| call["function"].as_str()).collect()
}

/// Everything that was recorded is what a replay does.
fn assert_identical(project: &Project) {
    let (status, report) = project.flux_json(&["replay", "--last", "100"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report:#}");
    let executions = report["executions"].as_array().expect("executions");
    assert_eq!(executions.len(), tail(project).len());
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report:#}");
}

/// The answer holds, the failure of the tail is in the record, and the replay is identical.
fn answers_and_fails(project: &Project, method: &str, path: &str, failure: &str) {
    let (answer, events) = asked(project, method, path);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.body, if method == "HEAD" { b"".as_slice() } else { b"half" }, "{path}");
    let said = mark(&events, "tail").unwrap_or_else(|| panic!("{path}: no failure of the tail: {events:#?}"));
    assert!(said.contains(failure), "{path}: {said}");
    assert_eq!(events[events.len() - 1]["outcome"], "200", "{path}");
    assert_identical(project);
}

#[test]
fn a_failure_after_the_response_takes_nothing_back() {
    let project = project("trouble_wasi_rust", "", "");
    answers_and_fails(&project, "GET", "/after?panic", "trap: ");
    answers_and_fails(&project, "HEAD", "/head", "trap: ");
}

#[test]
fn work_after_the_response_does_not_delay_it_and_has_limits() {
    let project = project("trouble_wasi_rust", SHORT, "");
    answers_and_fails(&project, "GET", "/after?wait", "time-limit: it ran longer than 500 ms");
    answers_and_fails(&project, "GET", "/after?loop", "time-limit: it ran longer than 500 ms");
}

#[test]
fn an_exit_after_the_response_is_no_failure() {
    let project = project("trouble_wasi_rust", "", "");
    let (answer, events) = asked(&project, "GET", "/after?exit");
    assert_eq!((answer.status, mark(&events, "tail")), (200, None), "{events:#?}");
    assert_identical(&project);
}

#[test]
fn a_request_that_nobody_waits_for_does_not_delay_the_response() {
    let upstream = Upstream::start();
    let project = project("trouble_wasi_rust", SHORT, &fetch(&upstream));
    answers_and_fails(&project, "GET", &format!("/race?{}", upstream.address), "time-limit");
}

#[test]
fn what_is_under_way_when_a_guest_traps_is_given_up() {
    let upstream = Upstream::start();
    let project = project("trouble_wasi_rust", "", &fetch(&upstream));
    let (answer, events) = asked(&project, "GET", &format!("/ask?{}", upstream.address));
    assert_eq!(answer.status, 500, "{answer:?}");
    assert_eq!(mark(&events, "abandoned").as_deref(), Some("fetch.send (call 0)"), "{events:#?}");
    assert_identical(&project);
}

#[test]
fn what_a_handler_leaves_open_ends_with_it() {
    let project = project("trouble_wasi_rust", "", "");
    let (answer, _) = asked(&project, "GET", "/half");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"half".as_slice()));
    let (answer, events) = asked(&project, "GET", "/short");
    assert_eq!(answer.status, 500, "{answer:?}");
    let outcome = "trap: the response's body has 4 bytes, and its content-length says 10";
    assert_eq!(events[events.len() - 1]["outcome"], outcome);
    assert_identical(&project);
}

#[test]
fn clock_readings_have_limits() {
    let limited = project("trouble_wasi_rust", "calls = 1000", "");
    let (answer, events) = asked(&limited, "GET", "/clocks");
    assert_eq!(answer.status, 500, "{answer:?}");
    assert_eq!(events[events.len() - 1]["outcome"], "call-limit: it made more than 1000 calls to the host");
    assert_identical(&limited);
    let limited = project("trouble_wasi_rust", "journal = 20000", "");
    let (answer, events) = asked(&limited, "GET", "/clocks");
    assert_eq!(answer.status, 500, "{answer:?}");
    assert_eq!(events[events.len() - 1]["outcome"], "output-limit: its journal is longer than 20000 bytes");
    assert_identical(&limited);
}

#[test]
fn an_execution_that_its_time_limit_ended_replays_as_itself() {
    let upstream = Upstream::start();
    for (folder, path, during) in [
        ("trouble_rust", "/loop".to_owned(), "computing"),
        ("trouble_rust", "/sleep?ms=3600000".to_owned(), "waiting"),
        ("trouble_wasi_rust", "/compute".to_owned(), "computing"),
        ("trouble_wasi_rust", "/sleep".to_owned(), "waiting"),
        ("relay_wasi_rust", format!("/relay?to={}", upstream.url("/never")), "waiting"),
    ] {
        let project = project(folder, SHORT, &fetch(&upstream));
        let (answer, events) = asked(&project, "GET", &path);
        assert_eq!(answer.status, 504, "{path}: {answer:?}");
        assert_eq!(mark(&events, "limit"), Some(format!("time-limit while {during}")), "{path}");
        assert_identical(&project);
    }
}

const QUEUE: &str = "[db.main]\nsqlite = \"main.db\"\n[queues.outbox]\nguest = \"g\"\nsqlite = \"main.db\"\n";

#[test]
fn a_transaction_that_is_dropped_is_rolled_back_at_its_place() {
    let project = project("trouble_rust", "", QUEUE);
    let (answer, events) = asked(&project, "GET", "/dropped");
    assert_eq!(answer.status, 200, "{answer:?}");
    let ended = ["db.transaction.execute", "db.transaction.rollback", "queue.send"];
    assert!(functions(&events).ends_with(&ended), "{events:#?}");
    assert_identical(&project);
    // That build loses the job.
    let late = guest("trouble_rust", "late").display().to_string();
    let (status, report) = project.flux_json(&["replay", "--last", "100", "--against", &late]);
    assert_eq!((status, &report["pass"]), (1, &json!(false)), "{report:#}");
}

#[test]
fn a_transaction_that_is_left_open_is_rolled_back_at_the_end() {
    let project = project("trouble_rust", "", QUEUE);
    for (path, status) in [("/outbox/open", 200), ("/open-panic", 500)] {
        let (answer, events) = asked(&project, "GET", path);
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(functions(&events).last(), Some(&"db.transaction.rollback"), "{path}: {events:#?}");
    }
    assert_identical(&project);
}

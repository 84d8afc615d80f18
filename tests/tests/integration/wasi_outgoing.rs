//! Components of three toolchains, with no Flux SDK, that send requests: `wasi:http` on both sides.

use std::path::Path;

use serde_json::{Value, json};

use crate::shop::{ask, tail, trace};
use crate::support::{Answer, Project, Server, foreign_guest, guest};
use crate::upstream::{Seen, Upstream};

/// Longer than what a guest may write at once, so that it arrives in pieces.
const LONG: usize = 30_000;

/// A guest that may reach one server, and takes POST requests as well.
fn relay(component: &Path, upstream: &Upstream, more: &str) -> Project {
    let post = "[[http.routes]]\nroute = \"POST /{*rest}\"\nguest = \"g\"\n";
    let fetch = format!("[fetch]\nallow = [\"{}\"]\n", upstream.address);
    Project::of_guest(component, &format!("{post}{fetch}{more}"))
}

fn rust() -> std::path::PathBuf {
    guest("relay_wasi_rust", "")
}

/// An answer's status and body.
fn said(answer: &Answer) -> (u16, String) {
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

fn get(server: &Server, path: &str, to: &str) -> Answer {
    ask(server, "GET", &format!("{path}?to={to}"), "")
}

/// The events of the execution that gave an answer.
fn events(project: &Project, answer: &Answer) -> Vec<Value> {
    trace(project, answer.execution.as_deref().expect("an id"))
}

/// The events of one kind.
fn only<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// Everything that was recorded is what a replay does, with nobody there to ask.
fn assert_replays(project: &Project) {
    let (status, report) = project.flux_json(&["replay", "--last", "100"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    let executions = report["executions"].as_array().expect("executions");
    assert_eq!(executions.len(), tail(project).len());
    for it in executions {
        assert_eq!((&it["verdict"], &it["unrecordedInputs"]), (&json!("identical"), &json!([])), "{it}");
    }
}

/// What a sample has to do, whatever it is written in. `first` is what it takes of two answers, one of
/// them late.
fn relays(component: &Path, first: &str) {
    let upstream = Upstream::start();
    let project = relay(component, &upstream, "");
    let server = project.serve(&[]);
    let long = "a".repeat(LONG);
    let asked = get(&server, "/relay", &upstream.url("/one"));
    assert_eq!(said(&asked), (200, "GET /one \n".to_owned()));
    let sent = ask(&server, "POST", &format!("/relay?to={}", upstream.url("/two")), &long);
    assert!(said(&sent) == (200, format!("POST /two {long}\n")), "{} bytes", sent.body.len());
    // Each is answered only while the other is there.
    let both = format!("/both?to={}&also={}", upstream.url("/meet/1"), upstream.url("/meet/2"));
    let both = ask(&server, "GET", &both, "");
    assert_eq!(said(&both), (200, "GET /meet/1 \nGET /meet/2 \n".to_owned()));
    // In a replay both answers are there at once: it has to take the one that the guest took then.
    let race = format!("/race?to={}&also={}", upstream.url("/late"), upstream.url("/one"));
    let raced = ask(&server, "GET", &race, "");
    assert_eq!(said(&raced), (200, format!("GET {first} \n")));
    let refused = get(&server, "/relay", "http://127.0.0.2:1/");
    assert_eq!(refused.status, 502);
    let forgotten = get(&server, "/forget", &upstream.url("/three"));
    assert_eq!(said(&forgotten), (202, "sent\n".to_owned()));
    let now = ask(&server, "GET", "/now", "");
    assert_eq!(now.status, 200);
    server.stop();
    assert_arrived(&upstream);
    assert_sent(&events(&project, &sent), &upstream, &long);
    assert_eq!(only(&events(&project, &both), "call").len(), 2);
    assert_refused(&events(&project, &refused));
    assert_eq!(only(&events(&project, &forgotten), "return").len(), 1, "what is sent is waited for");
    drop(upstream);
    assert_replays(&project);
}

/// What the server saw: with the host that it was asked by, once.
fn assert_arrived(upstream: &Upstream) {
    let mut seen = upstream.seen();
    // Which of two concurrent requests arrives first is chance.
    seen.sort_by(|one, other| one.path.cmp(&other.path));
    seen.dedup();
    let asked = |method: &str, path: &str, body| Seen {
        method: method.to_owned(),
        path: path.to_owned(),
        host: upstream.address.clone(),
        relay: "1".to_owned(),
        body,
    };
    let all = [
        asked("GET", "/late", 0),
        asked("GET", "/meet/1", 0),
        asked("GET", "/meet/2", 0),
        asked("GET", "/one", 0),
        asked("POST", "/three", 0),
        asked("POST", "/two", LONG),
    ];
    assert_eq!(seen, all);
}

fn assert_sent(events: &[Value], upstream: &Upstream, long: &str) {
    let (calls, returns) = (only(events, "call"), only(events, "return"));
    assert_eq!((calls.len(), returns.len()), (1, 1));
    assert_eq!(calls[0]["function"], "fetch.send");
    let (args, result) = (calls[0]["args"].to_string(), returns[0]["result"].to_string());
    for part in ["POST", &upstream.url("/two"), "x-relay", long] {
        assert!(args.contains(part), "{}", &args[..500]);
    }
    assert!(!args.contains("content-length") && !args.contains("transfer-encoding"), "{}", &args[..500]);
    assert!(result.contains("POST /two"), "{} bytes", result.len());
    assert_eq!(events.first().map(|event| &event["event"]), Some(&json!("begin")));
    assert_eq!(events.last().map(|event| &event["event"]), Some(&json!("end")));
}

fn assert_refused(events: &[Value]) {
    let returns = only(events, "return");
    let result = returns.first().map(|event| event["result"].to_string()).unwrap_or_default();
    assert!(result.contains("denied") && result.contains("add \\\"127.0.0.2:1"), "{events:?}");
}

#[test]
fn a_rust_component_sends_requests_and_replays() {
    relays(&rust(), "/one");
}

#[test]
fn a_python_component_sends_requests_and_replays() {
    if let Some(component) = foreign_guest("python") {
        // Its event loop waits for all that is open before it goes on with what is done.
        relays(&component, "/late");
    }
}

#[test]
fn a_javascript_component_sends_requests_and_replays() {
    if let Some(component) = foreign_guest("js") {
        relays(&component, "/one");
    }
}

/// A Rust component that has passed two requests on, and has stopped; and an argument each for
/// replays against something else.
fn relayed() -> Project {
    let upstream = Upstream::start();
    let project = relay(&rust(), &upstream, "");
    let server = project.serve(&[]);
    assert_eq!(get(&server, "/relay", &upstream.url("/one?two")).status, 200);
    let sent = ask(&server, "POST", &format!("/relay?to={}", upstream.url("/two")), "some body");
    assert_eq!(said(&sent), (200, "POST /two some body\n".to_owned()));
    server.stop();
    project
}

fn replay_against(project: &Project, other: &Path) -> (i32, Value) {
    project.flux_json(&["replay", "--last", "10", "--against", &other.display().to_string()])
}

/// The same program, of another toolchain, does the same.
fn assert_same(other: &Path) {
    let (status, report) = replay_against(&relayed(), other);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report:#}");
    let executions = report["executions"].as_array().expect("executions");
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report:#}");
}

#[test]
fn what_rust_sent_replays_against_python() {
    if let Some(component) = foreign_guest("python") {
        assert_same(&component);
    }
}

#[test]
fn what_rust_sent_replays_against_javascript() {
    if let Some(component) = foreign_guest("js") {
        assert_same(&component);
    }
}

#[test]
fn a_changed_build_shows_what_it_sends_otherwise() {
    let (status, report) = replay_against(&relayed(), &guest("relay_wasi_rust", "changed"));
    assert_eq!((status, &report["pass"]), (1, &json!(false)), "{report:#}");
    for it in report["executions"].as_array().expect("executions") {
        let found = it["divergences"].as_array().expect("divergences");
        assert_eq!((&it["verdict"], found.len()), (&json!("diverged"), 1), "{it:#}");
        assert_eq!((&found[0]["kind"], &found[0]["function"]), (&json!("changed"), &json!("fetch.send")));
        assert!(found[0].to_string().contains("x-changed"), "{it:#}");
    }
}

#[test]
fn an_answer_that_never_comes_ends_at_the_time_limit() {
    let upstream = Upstream::start();
    let project = relay(&rust(), &upstream, "[limits]\ntime-ms = 500\n");
    let server = project.serve(&[]);
    let waited = get(&server, "/relay", &upstream.url("/never"));
    let forgotten = get(&server, "/forget", &upstream.url("/never"));
    // Its answer was complete before.
    assert_eq!((waited.status, forgotten.status), (504, 202), "{waited:?} {forgotten:?}");
    assert_eq!(get(&server, "/relay", &upstream.url("/one")).status, 200, "others are served");
    server.stop();
    for (answer, outcome) in [(waited, "time-limit: it ran longer than 500 ms"), (forgotten, "202")] {
        let events = events(&project, &answer);
        assert_eq!((only(&events, "call").len(), only(&events, "return").len()), (1, 0), "{events:?}");
        assert_eq!(events[events.len() - 1]["outcome"], outcome);
    }
    assert_replays(&project);
}

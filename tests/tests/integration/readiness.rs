//! What /readyz says while something is away.

use flux_test_services::Server as Postgres;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::backends::replace;
use crate::cron::due;
use crate::shop::{ask, document, pause, poll};
use crate::support::{Project, Server, guest, request};

fn readiness(server: &Server) -> (u16, Value) {
    let answer = request(&server.admin, "GET", "/readyz", "").expect("it is answered");
    (answer.status, document(&answer))
}

/// Whether the server says that it is ready, in its status and its body alike.
pub fn ready(server: &Server) -> bool {
    let (status, body) = readiness(server);
    assert_eq!(status == 200, body["ready"] == true, "{status}: {body}");
    assert_eq!(status == 200, body["reasons"].as_array().is_some_and(Vec::is_empty), "{status}: {body}");
    status == 200
}

/// Why the server says that it is not ready.
pub fn reasons(server: &Server) -> Value {
    readiness(server).1["reasons"].clone()
}

fn started() -> Option<(Runtime, Postgres)> {
    let mut postgres = Postgres::new()?;
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(postgres.start());
    Some((runtime, postgres))
}

#[test]
fn a_queue_that_is_away_makes_a_node_unready_until_it_is_back() {
    let Some((runtime, mut postgres)) = started() else { return };
    let place = format!("postgres = {:?}", postgres.url());
    let more = format!(
        "[queues.outbox]\nguest = \"g\"\n{place}\n[cron.tick]\nguest = \"g\"\nschedule = \"* * * * * *\"\n{place}\n"
    );
    let project = Project::of_guest(&guest("trouble_rust", ""), &more);
    let server = project.serve(&[]);
    poll("readiness", || ready(&server).then_some(()));
    // A schedule begins with its first look at the store: runs from before are none that were missed.
    poll("a run", || (!due(&project).is_empty()).then_some(()));
    postgres.crash();
    poll("the server to say that it is not ready", || (!ready(&server)).then_some(()));
    let why = reasons(&server);
    assert!(why[0]["what"].as_str().is_some_and(|what| what.starts_with("queue '")), "{why}");
    assert_eq!(ask(&server, "GET", "/send/a", "").status, 500);
    // Runs fall due meanwhile, and the schedule tries to enqueue them in vain.
    (0..200).for_each(|_| pause());
    runtime.block_on(postgres.start());
    poll("the server to be ready again", || ready(&server).then_some(()));
    assert_eq!(ask(&server, "GET", "/send/a", "").status, 200, "the first send after it is ready");
    let dead = || project.flux_json(&["queue", "list", "cron.tick", "--state", "dead"]).1;
    let missed =
        poll("the runs that were missed", || Some(dead()).filter(|it| it.to_string().contains("missed")));
    assert!(missed.to_string().contains("the run was missed: "), "{missed}");
    assert_eq!(server.stop().status, 0);
}

#[test]
fn a_shared_record_store_that_is_away_is_a_warning() {
    let Some((runtime, mut postgres)) = started() else { return };
    let project = Project::of_guest(&guest("trouble_rust", ""), "");
    let record = format!("[record]\npostgres = {:?}\n[kv.b]", postgres.url());
    replace(&project, &[("[kv.b]", &record)]);
    let server = project.serve(&[]);
    poll("readiness", || ready(&server).then_some(()));
    postgres.crash();
    let warned = || {
        assert_eq!(ask(&server, "GET", "/calls?n=1", "").status, 200, "nobody who asks notices");
        let (status, body) = readiness(&server);
        assert_eq!(status, 200, "{body}");
        body["warnings"].to_string().contains("record store").then_some(())
    };
    poll("the warning", warned);
    runtime.block_on(postgres.start());
    poll("no warning", || (readiness(&server).1["warnings"] == serde_json::json!([])).then_some(()));
    assert_eq!(server.stop().status, 0);
}

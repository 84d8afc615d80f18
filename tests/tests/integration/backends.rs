//! The sample application on the back ends that people run in production.

use serde_json::{Value, json};

use crate::shop::{Shop, mailed, order_id, place, poll, set_price, tail, trace};
use crate::support::{Project, Said};
use flux_test_services::{Database, NATS, REDIS, service};
use tokio::runtime::Runtime;

/// An empty PostgreSQL database, none where tests have no services.
pub fn database() -> Option<Database> {
    Runtime::new().expect("a runtime").block_on(Database::new())
}

/// Puts other back ends in place of those that a flux.toml names.
pub fn replace(project: &Project, lines: &[(&str, &str)]) {
    let path = project.path().join("flux.toml");
    let mut text = std::fs::read_to_string(&path).expect("flux.toml");
    for (line, other) in lines {
        assert!(text.contains(line), "{line} is not in {text}");
        text = text.replace(line, other);
    }
    std::fs::write(&path, text).expect("flux.toml");
}

/// The effects of all executions that change something, those of jobs last: when a job runs beside the
/// requests is chance.
fn effects(project: &Project) -> Vec<String> {
    let mut records = tail(project);
    records.retain(|record| !record["name"].as_str().expect("a name").starts_with("GET "));
    records.sort_by_key(|record| record["kind"] == "job");
    let functions = |record: &Value| {
        let events = trace(project, record["id"].as_str().expect("an id"));
        let functions: Vec<_> = events.iter().filter_map(|event| event["function"].as_str()).collect();
        format!("{} {}: {}", record["name"], record["status"], functions.join(" "))
    };
    records.iter().map(functions).collect()
}

/// Orders one thing in three ways, and waits for the receipt.
fn trade(shop: &Shop, variables: &[(&str, &str)]) -> Said {
    let variables = [&[("FLUX_CONFIG_PAYMENTS_URL", shop.payments.url.as_str())], variables].concat();
    let server = shop.project.serve(&variables);
    set_price(&server);
    let placed = place(&server, 2, "flaky@example.org", 201);
    place(&server, 1, "broke@example.org", 502);
    place(&server, 0, "ann@example.org", 422);
    assert_eq!(mailed(&server, &order_id(&placed))["amount_cents"], 2500);
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    said
}

/// Replays everything with all addresses poisoned.
fn assert_replays(project: &Project, variables: &[&str]) {
    let mut command = project.command(&["replay", "--last", "100", "--json"]);
    command.envs(variables.iter().map(|name| (*name, "redis://127.0.0.1:1")));
    let said: Said = command.output().expect("flux runs").into();
    let report: Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert_eq!((said.status, &report["pass"]), (0, &json!(true)), "{report}");
    let executions = report["executions"].as_array().expect("executions");
    assert_eq!(executions.len(), tail(project).len());
    assert!(executions.iter().all(|it| it["verdict"] == "identical"), "{report}");
}

fn embedded_effects() -> Vec<String> {
    let shop = Shop::new();
    trade(&shop, &[]);
    effects(&shop.project)
}

/// orders on Postgres and Redis, with its jobs where `queue` says.
fn on_services(queue: &str) -> Option<(Shop, Database, String)> {
    let (database, redis) = (database()?, service(REDIS)?);
    let shop = Shop::new();
    // A name of its own: the keys in Redis and the streams in NATS begin with it.
    let name = format!("orders-{}-{}", std::process::id(), queue);
    replace(
        &shop.project,
        &[
            ("name = \"orders\"", &format!("name = \"{name}\"")),
            ("sqlite = \"orders.db\"", "postgres = { env = \"TEST_DATABASE\" }"),
            ("sqlite = \"kv.db\"", "redis = { env = \"TEST_REDIS\" }"),
            ("max-attempts = 5", &format!("max-attempts = 5\n{queue} = {{ env = \"TEST_QUEUE\" }}")),
        ],
    );
    Some((shop, database, redis))
}

#[test]
fn orders_on_postgres_and_redis_does_the_same_and_replays_without_them() {
    let Some((shop, database, redis)) = on_services("postgres") else { return };
    let url = database.url();
    trade(&shop, &[("TEST_DATABASE", &url), ("TEST_QUEUE", &url), ("TEST_REDIS", &redis)]);
    assert_eq!(effects(&shop.project), embedded_effects());
    drop(database);
    assert_replays(&shop.project, &["TEST_DATABASE", "TEST_QUEUE", "TEST_REDIS"]);
}

#[test]
fn orders_with_its_jobs_in_nats_does_the_same() {
    let Some((shop, database, redis)) = on_services("nats") else { return };
    let Some(nats) = service(NATS) else { return };
    let url = database.url();
    trade(&shop, &[("TEST_DATABASE", &url), ("TEST_QUEUE", &nats), ("TEST_REDIS", &redis)]);
    assert_eq!(effects(&shop.project), embedded_effects());
    assert_replays(&shop.project, &["TEST_DATABASE", "TEST_QUEUE", "TEST_REDIS"]);
}

/// trouble with a database and a queue in the same place.
fn outbox(db: &str, queue: &str) -> Project {
    let more =
        format!("[db.main]\n{db}\n[queues.outbox]\nguest = \"g\"\n{queue}\n[limits]\ntime-ms = 60000\n");
    Project::of_guest(&crate::support::guest("trouble_rust", ""), &more)
}

fn ran(project: &Project) -> Vec<String> {
    let records = tail(project).into_iter();
    let jobs = records.filter(|record| record["kind"] == "job" && record["outcome"] == "returned");
    jobs.map(|job| {
        let events = trace(project, job["id"].as_str().expect("an id"));
        events[0]["input"].to_string()
    })
    .collect()
}

/// A job is there when its transaction commits, and only then.
fn assert_joins(project: &Project, variables: &[(&str, &str)]) {
    let server = project.serve(variables);
    for (how, notes) in [("rollback", 0), ("drop", 0), ("commit", 1)] {
        let answer = crate::shop::ask(&server, "GET", &format!("/outbox/{how}"), "");
        assert_eq!(String::from_utf8_lossy(&answer.body), format!("{notes} notes\n"), "{how}");
    }
    // Left open, it is rolled back at the end and reported; so the connection is free again.
    let open = crate::shop::ask(&server, "GET", "/outbox/open", "");
    assert_eq!(open.status, 200, "{open:?}");
    crate::shop::ask(&server, "GET", "/send/last", "");
    poll("the last job", || ran(project).iter().any(|job| job.contains("last")).then_some(()));
    let said = server.stop();
    assert!(said.stderr.contains("transaction main#1 was left open and is rolled back"), "{said:?}");
    let jobs = ran(project);
    assert_eq!(jobs.len(), 2, "{jobs:?}");
    assert!(jobs[0].contains("commit"), "{jobs:?}");
    let events = trace(project, open.execution.as_deref().expect("an id"));
    let mark = events.iter().find(|event| event["name"] == "db.rolled-back").expect("it is reported");
    assert_eq!(mark["value"], "main#1", "{mark}");
    assert_replays(project, &[]);
}

#[test]
fn a_job_commits_with_its_transaction_in_one_sqlite_file() {
    assert_joins(&outbox("sqlite = \"main.db\"", "sqlite = \"main.db\""), &[]);
}

#[test]
fn a_job_commits_with_its_transaction_in_one_postgres_database() {
    let Some(database) = database() else { return };
    let url = format!("postgres = {:?}", database.url());
    assert_joins(&outbox(&url, &url), &[]);
}

#[test]
fn dead_letters_are_shown_run_again_and_removed() {
    let project = outbox("sqlite = \"main.db\"", "sqlite = \"queue.db\"");
    let server = project.serve(&[]);
    crate::shop::ask(&server, "GET", "/send/discard", "");
    let count = |state: &str| {
        let (_, queues) = project.flux_json(&["queue", "list"]);
        queues[0][state].as_u64().expect("a count")
    };
    poll("the dead letter", || (count("dead") == 1).then_some(()));
    let (_, jobs) = project.flux_json(&["queue", "list", "outbox", "--state", "dead"]);
    assert_eq!(jobs[0]["reason"], "it was asked to", "{jobs}");
    let id = jobs[0]["id"].as_str().expect("an id");
    let (_, job) = project.flux_json(&["queue", "show", "outbox", id]);
    assert_eq!((&job["payload"], &job["attempts"][0]["attempt"]), (&json!("discard"), &json!(1)), "{job}");
    assert_eq!(project.flux_json(&["queue", "retry", "outbox", id]), (0, json!({ "retried": 1 })));
    poll("the second run", || {
        let runs = tail(&project).into_iter().filter(|it| it["kind"] == "job" && it["outcome"] == "returned");
        (runs.count() == 2 && count("dead") == 1).then_some(())
    });
    let asked = project.flux(&["queue", "purge", "outbox", "--state", "dead"]);
    assert!(
        asked.status == 1 && asked.stderr.contains("1 job of outbox would be removed for good"),
        "{asked:?}"
    );
    assert_eq!(
        project.flux_json(&["queue", "purge", "outbox", "--state", "dead", "--yes"]),
        (0, json!({ "purged": 1 }))
    );
    assert_eq!(count("dead"), 0);
    let none = project.flux(&["queue", "retry", "outbox", id]);
    assert!(
        none.status == 1 && none.stderr.contains("hint: see what there is: flux queue list outbox"),
        "{none:?}"
    );
    server.stop();
}

/// Two nodes whose queue is in one database.
fn two_nodes(database: &Database) -> [Project; 2] {
    let queue = format!("postgres = {:?}", database.url());
    [(); 2].map(|()| outbox("sqlite = \"main.db\"", &queue))
}

/// The attempts of jobs that ended well on a node.
fn attempts(node: &Project) -> Vec<u64> {
    let attempt =
        |input: &String| input.split("\"attempt\":").nth(1)?.trim_end_matches('}').trim().parse().ok();
    ran(node).iter().map(|input| attempt(input).unwrap_or_else(|| panic!("{input}"))).collect()
}

fn job_runs(node: &Project) -> bool {
    tail(node).iter().any(|it| it["kind"] == "job" && it["outcome"] == "running")
}

/// Three times as long as other things may take: it takes a lease.
fn poll_long<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut thrice = || {
        (0..3).find_map(|_| {
            crate::shop::pause();
            look()
        })
    };
    poll(what, &mut thrice)
}

#[test]
fn a_job_that_outlasts_its_lease_runs_once() {
    let Some(database) = database() else { return };
    let [here, there] = two_nodes(&database);
    let server = here.serve(&[]);
    crate::shop::ask(&server, "GET", "/send/slow", "");
    poll("the job", || job_runs(&here).then_some(()));
    // It looks for stuck jobs all the time.
    let other = there.serve(&[]);
    poll_long("its end", || (attempts(&here) == [1]).then_some(()));
    assert!(server.stop().status == 0 && other.stop().status == 0);
    assert_eq!(attempts(&there), Vec::<u64>::new());
}

#[test]
fn a_job_of_a_node_that_died_runs_on_another() {
    let Some(database) = database() else { return };
    let [here, there] = two_nodes(&database);
    let server = here.serve(&[]);
    crate::shop::ask(&server, "GET", "/send/slow", "");
    poll("the job", || job_runs(&here).then_some(()));
    server.kill();
    let other = there.serve(&[]);
    poll_long("its second attempt", || (attempts(&there) == [2]).then_some(()));
    let said = other.stop();
    assert!(said.stderr.contains("the leases of jobs ended: 1 run again"), "{said:?}");
}

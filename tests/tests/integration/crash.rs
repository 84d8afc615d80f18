//! What a `kill -9` leaves: everything that a client saw, and every job that was not done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::runtime::Runtime;

use crate::shop::{Shop, mailed, order, order_id, place, poll, set_price, tail, trace};
use crate::support::{Answer, request};

const ROUNDS: usize = 20;
const CLIENTS: usize = 3;

/// Clients that send order after order until the connection breaks, and every answer they saw whole.
fn load(http: &str) -> (Vec<JoinHandle<()>>, Receiver<Answer>) {
    let (sender, answers) = channel();
    let client = |client: usize| {
        let (http, sender) = (http.to_owned(), sender.clone());
        std::thread::spawn(move || send_orders(&http, client, &sender))
    };
    ((0..CLIENTS).map(client).collect(), answers)
}

fn send_orders(http: &str, client: usize, answers: &Sender<Answer>) {
    // Some fail: a failure that a client saw has a record too.
    let emails = ["ann@example.org", "broke@example.org", "bob@example.org"];
    for turn in 0.. {
        let sent = match (client + turn) % 5 {
            0 => request(http, "PUT", "/prices/tea", "{\"cents\":1250}"),
            1 => request(http, "GET", "/orders?limit=2", ""),
            _ => request(http, "POST", "/orders", &order(1, emails[turn % 3])),
        };
        let Ok(answer) = sent else { return };
        if answers.send(answer).is_err() {
            return;
        }
    }
}

/// Serves, kills after so many answers, and gives every answer that was seen.
fn round(shop: &Shop, answers_before: usize) -> Vec<Answer> {
    let server = shop.serve();
    set_price(&server);
    let (clients, answers) = load(&server.http);
    let mut seen: Vec<_> = answers.iter().take(answers_before).collect();
    server.kill();
    for client in clients {
        client.join().expect("a client ended");
    }
    seen.extend(answers.try_iter());
    assert!(seen.len() >= answers_before, "the server was not under load");
    seen
}

#[test]
fn twenty_kills_lose_no_answer_that_a_client_saw() {
    let shop = Shop::new();
    let rounds: Vec<_> = (0..ROUNDS).map(|number| round(&shop, 3 + number * 11 % 37)).collect();
    let server = shop.serve();
    let placed = rounds.iter().flatten().filter(|answer| answer.status == 201);
    for id in placed.clone().map(order_id) {
        mailed(&server, &id);
    }
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    let shown = tail(&shop.project);
    let records: BTreeMap<_, _> = shown.iter().map(|it| (it["id"].as_str().expect("an id"), it)).collect();
    assert_eq!(records.len(), shown.len(), "an execution is there twice");
    for answer in rounds.iter().flatten() {
        assert_recorded(&records, answer);
    }
    assert!(placed.count() > ROUNDS, "orders were placed in the rounds");
    // Nothing runs any more: what has no end was interrupted.
    assert!(
        shown.iter().all(|it| it["outcome"] == "returned" || it["outcome"] == "interrupted"),
        "{shown:?}"
    );
    let (status, report) = shop.project.flux_json(&["replay", "--last", "200"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
}

fn assert_recorded(records: &BTreeMap<&str, &Value>, answer: &Answer) {
    let id = answer.execution.as_deref().expect("an answer names its execution");
    let record = records.get(id).unwrap_or_else(|| panic!("{answer:?} has no record"));
    let ended = (&record["outcome"], &record["status"]);
    assert_eq!(ended, (&json!("returned"), &json!(answer.status)), "{record}");
}

/// A database that nobody else can write to.
async fn locked(file: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("the database of orders");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the lock");
    connection
}

fn jobs(shop: &Shop) -> Vec<Value> {
    let shown = tail(&shop.project).into_iter();
    shown.filter(|it| it["kind"] == "job").collect()
}

/// Kills the server in the second attempt of a job; the order it is about, and that attempt.
fn killed_in_a_job(shop: &Shop) -> (String, Value) {
    let server = shop.serve();
    set_price(&server);
    let id = order_id(&place(&server, 1, "flaky@example.org", 201));
    let runtime = Runtime::new().expect("a runtime");
    // The first attempt only reads. The second waits for this lock, and so surely runs at the kill.
    let lock = runtime.block_on(locked(&shop.project.path().join(".flux/data/orders.db")));
    let second = poll("the second attempt", || jobs(shop).into_iter().nth(1));
    assert_eq!(second["outcome"], "running");
    server.kill();
    assert_eq!(jobs(shop)[1]["outcome"], "interrupted", "nobody runs it any more");
    runtime.block_on(lock.close()).expect("the lock is given back");
    (id, second)
}

#[test]
fn a_job_that_ran_when_the_process_died_runs_again() {
    let shop = Shop::new();
    let (order, killed) = killed_in_a_job(&shop);
    let server = shop.serve();
    mailed(&server, &order);
    let said = server.stop();
    let noted = "Re-running 1 job interrupted by the last shutdown.";
    assert!(said.stderr.contains(noted), "{said:?}");
    let jobs = jobs(&shop);
    let outcomes: Vec<_> = jobs.iter().map(|job| &job["outcome"]).collect();
    assert_eq!(outcomes, ["returned", "interrupted", "returned"], "{jobs:?}");
    assert_eq!(jobs[1]["id"], killed["id"]);
    for (job, attempt) in jobs.iter().zip(1..) {
        let id = job["id"].as_str().expect("an id");
        assert_eq!(trace(&shop.project, id)[0]["input"]["attempt"], attempt);
    }
}

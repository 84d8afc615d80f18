//! Schedules: recorded like all else, once however many nodes there are, and what was missed.

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::runtime::Runtime;

use crate::backends::database;
use crate::shop::{ask, poll, tail, trace};
use crate::support::{Project, guest};

fn scheduled(lines: &str) -> Project {
    let more = format!("[cron.tick]\nguest = \"g\"\n{lines}\n");
    Project::of_guest(&guest("trouble_rust", ""), &more)
}

fn runs(project: &Project) -> Vec<Value> {
    tail(project).into_iter().filter(|it| it["kind"] == "cron" && it["outcome"] == "returned").collect()
}

/// The times that runs were due at, as their payloads say.
pub fn due(project: &Project) -> Vec<u64> {
    let payload = |record: &Value| {
        let input = trace(project, record["id"].as_str().expect("an id"))[0]["input"].to_string();
        let digits = input.split("due").nth(1).expect("the default payload").chars();
        let digits = digits.skip_while(|it| !it.is_ascii_digit()).take_while(char::is_ascii_digit);
        digits.collect::<String>().parse().expect("a time")
    };
    runs(project).iter().map(payload).collect()
}

#[test]
fn a_run_is_recorded_with_its_schedule_and_replays() {
    let project = scheduled("schedule = \"* * * * * *\"\npayload = \"tick\"");
    let server = project.serve(&[]);
    poll("two runs", || (runs(&project).len() >= 2).then_some(()));
    server.stop();
    let run = &runs(&project)[0];
    assert_eq!((&run["kind"], &run["name"]), (&json!("cron"), &json!("tick")), "{run}");
    let events = trace(&project, run["id"].as_str().expect("an id"));
    assert!(events[0]["input"].to_string().contains("cron.tick"), "{}", events[0]);
    let (status, report) = project.flux_json(&["replay", "--last", "2"]);
    assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
}

#[test]
fn two_nodes_on_one_postgres_run_each_time_once() {
    let Some(database) = database() else { return };
    let lines = format!("schedule = \"* * * * * *\"\npostgres = {:?}", database.url());
    let nodes = [scheduled(&lines), scheduled(&lines)];
    let servers = nodes.each_ref().map(|node| node.serve(&[]));
    let all = || nodes.iter().flat_map(due).collect::<Vec<_>>();
    poll("six runs", || (all().len() >= 6).then_some(()));
    servers.into_iter().for_each(|server| drop(server.stop()));
    let mut times = all();
    times.sort_unstable();
    let before = times.len();
    times.dedup();
    assert_eq!(times.len(), before, "a time was run twice: {times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 1000), "one was left out: {times:?}");
}

/// Changes the one row that a statement is about, while no server runs.
fn change(project: &Project, sql: &'static str) {
    let file = project.path().join(".flux/data/queue.db");
    let changing = async {
        let mut queue = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await?;
        let changed = sqlx::query(sql).execute(&mut queue).await?.rows_affected();
        queue.close().await?;
        Ok::<_, sqlx::Error>(changed)
    };
    assert_eq!(Runtime::new().expect("a runtime").block_on(changing).expect("the queue's file"), 1);
}

#[test]
fn a_clock_that_was_ahead_does_not_silence_a_schedule() {
    let project = scheduled("schedule = \"* * * * * *\"");
    let server = project.serve(&[]);
    poll("a run", || (!runs(&project).is_empty()).then_some(()));
    server.stop();
    change(&project, "UPDATE flux_schedules SET last_ms = last_ms + 31536000000");
    let before = runs(&project).len();
    let server = project.serve(&[]);
    poll("two runs more", || (runs(&project).len() >= before + 2).then_some(()));
    let said = server.stop().stderr;
    assert!(said.contains("a clock was ahead when it ran"), "{said}");
}

/// Runs a schedule of every hour in a project that was last there three hours ago.
fn after_three_hours(missed: &str) -> Vec<u64> {
    let project = scheduled(&format!("schedule = \"0 * * * *\"\nmissed = \"{missed}\""));
    project.serve(&[]).stop();
    change(&project, "UPDATE flux_schedules SET first_ms = first_ms - 10800000");
    let server = project.serve(&[]);
    match missed {
        "skip" => drop(ask(&server, "GET", "/sleep?ms=1", "")),
        _ => poll("the missed run", || (!runs(&project).is_empty()).then_some(())),
    }
    server.stop();
    due(&project)
}

#[test]
fn of_the_runs_that_were_missed_the_latest_runs_once_or_none() {
    let caught_up = after_three_hours("run-once");
    assert_eq!(caught_up.len(), 1, "{caught_up:?}");
    assert_eq!(caught_up[0] % 3_600_000, 0, "it is the full hour that was missed last");
    assert_eq!(after_three_hours("skip"), Vec::<u64>::new());
}

//! Files and databases that are removed while Flux uses them: nothing that comes later is lost, and nothing has to be
//! restarted.

use std::collections::BTreeSet;

use serde_json::json;

use crate::backends::{database, replace};
use crate::readiness::{ready, reasons};
use crate::shop::{ask, poll, tail};
use crate::support::{Project, Server, guest, request};

/// What a guest does in each back end: a bucket, a queue, a database.
const PATHS: [&str; 3] = ["/count/a", "/send/a", "/outbox/commit"];

/// A guest that counts in a bucket, sends jobs and writes into a database.
fn project() -> Project {
    let more = "[db.main]\nsqlite = \"main.db\"\n[queues.outbox]\nguest = \"g\"\n";
    let project = Project::of_guest(&guest("trouble_rust", ""), more);
    replace(&project, &[("[kv.b]\nmemory = true", "[kv.b]\nsqlite = \"kv.db\"")]);
    project
}

/// Uses every back end; the executions.
fn use_all(server: &Server) -> BTreeSet<String> {
    let used = PATHS.map(|path| {
        let answer = ask(server, "GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.execution.expect("an answer names its execution")
    });
    used.into()
}

fn recorded(project: &Project) -> BTreeSet<String> {
    tail(project).iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn each_file_that_is_removed_is_made_anew_and_takes_what_comes() {
    let project = project();
    let server = project.serve(&[]);
    use_all(&server);
    let data = project.path().join(".flux/data");
    poll("the record store", || data.with_file_name("records.db").exists().then_some(()));
    let files =
        [data.join("queue.db"), data.join("kv.db"), data.join("main.db"), data.with_file_name("records.db")];
    for file in &files {
        std::fs::remove_file(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let used = use_all(&server);
        poll("their records", || used.is_subset(&recorded(&project)).then_some(()));
        assert!(file.exists(), "{}", file.display());
        assert!(ready(&server), "{}", reasons(&server));
    }
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let line = format!("{name} was removed while Flux had it open");
        assert!(said.stderr.contains(&line), "{line}: {said:?}");
    }
    let (status, queues) = project.flux_json(&["queue", "list"]);
    assert_eq!((status, &queues[0]["queue"]), (0, &json!("outbox")), "{queues}");
}

#[test]
fn a_data_folder_that_is_removed_whole_is_made_anew_and_what_comes_can_be_replayed() {
    let project = project();
    let server = project.serve(&[]);
    use_all(&server);
    std::fs::remove_dir_all(project.path().join(".flux")).expect("the folder is removed");
    poll("the server to be ready", || ready(&server).then_some(()));
    let used = use_all(&server);
    poll("their records", || used.is_subset(&recorded(&project)).then_some(()));
    let second = project.flux(&["run", "--no-build", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    assert!(second.status == 1 && second.stderr.contains("in use by process"), "{second:?}");
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.stderr.contains("spool was removed while Flux used it"), "{said:?}");
    for id in used {
        let (status, report) = project.flux_json(&["replay", &id]);
        assert_eq!((status, &report["pass"]), (0, &json!(true)), "{report}");
    }
}

#[test]
fn a_database_that_is_dropped_makes_a_node_unready_until_it_is_made_again() {
    let Some(database) = database() else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let place = format!("postgres = {:?}", database.url());
    let more = format!(
        "[db.main]\n{place}\n[queues.outbox]\nguest = \"g\"\n{place}\n\
         [cron.tick]\nguest = \"g\"\nschedule = \"* * * * * *\"\n{place}\n[record]\n{place}\n"
    );
    let project = Project::of_guest(&guest("trouble_rust", ""), &more);
    let server = project.serve(&[]);
    poll("readiness", || ready(&server).then_some(()));
    use_all(&server);
    runtime.block_on(database.drop());
    poll("the server to say that it is not ready", || (!ready(&server)).then_some(()));
    let why = poll("why", || Some(reasons(&server).to_string()).filter(|it| it.contains("does not exist")));
    assert!(why.contains("hint: create the database postgres://") && !why.contains("at line"), "{why}");
    assert_eq!(request(&server.http, "GET", "/outbox/commit", "").expect("an answer").status, 500);
    runtime.block_on(database.make());
    poll("the server to be ready again", || ready(&server).then_some(()));
    let used = use_all(&server);
    poll("their records", || used.is_subset(&recorded(&project)).then_some(()));
    let later = tail(&project).len();
    poll("runs of the schedule", || (tail(&project).len() > later).then_some(()));
    let said = server.stop();
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.stderr.contains("were gone and are made anew"), "{said:?}");
    assert!(!said.stderr.contains("at line"), "{said:?}");
}

//! What one process has for itself, and what a file keeps.

use std::sync::Arc;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::queue::Error;
use flux_test_services::Database;
use sqlx::SqlitePool;

use crate::services::open;
use crate::support::*;

#[tokio::test]
async fn a_store_with_one_owner_takes_back_at_once_what_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let backends: [Arc<dyn Backend>; 2] =
        [Arc::new(Memory::default()), Arc::new(sqlite(folder.path()).await)];
    for queue in backends {
        queue.send(job("a", 0)).await.unwrap();
        queue.send(job("b", 1)).await.unwrap();
        assert_eq!(queue.claim("mail", 0).await.unwrap().unwrap().id, "a");
        assert_eq!(queue.recover("mail", 10).await.unwrap().ready, 1);
        assert_eq!(queue.claim("mail", 10).await.unwrap().unwrap().attempt, 2);
        let tended = queue.recover("mail", 20).await.unwrap();
        assert_eq!((tended.ready, tended.dead), (0, 1));
        let shown = queue.show("mail", "a", 20).await.unwrap().unwrap();
        assert_eq!(shown.summary.reason.unwrap(), "the process ended while it ran");
        assert_eq!(queue.claim("mail", 20).await.unwrap().unwrap().id, "b");
        assert_eq!(queue.claim("mail", 20).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_file_keeps_jobs_keys_and_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    queue.send(keyed("done", "k", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap();
    queue.settle(attempt("done", 1), Settlement::Done, 1).await.unwrap();
    queue.send(job("dead", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap();
    queue.settle(attempt("dead", 1), dead(), 2).await.unwrap();
    queue.send(job("runs", 3)).await.unwrap();
    queue.claim("mail", 3).await.unwrap();
    queue.send(job("waits", 4)).await.unwrap();
    drop(queue);

    let queue = sqlite(folder.path()).await;
    assert_eq!(queue.send(keyed("again", "k", 5)).await.unwrap(), "done");
    assert_eq!(queue.claim("mail", 5).await.unwrap().unwrap().id, "waits");
    assert_eq!(queue.recover("mail", 6).await.unwrap().ready, 2);
    let again = queue.claim("mail", 6).await.unwrap().unwrap();
    assert_eq!((again.id.as_str(), again.attempt), ("runs", 2));
    let shown = queue.show("mail", "dead", 6).await.unwrap().unwrap();
    assert_eq!(shown.summary.reason.unwrap(), "gave up");
}

/// The table as it was before leases.
const OLD: &str = "
CREATE TABLE flux_jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL,
    idempotency_key TEXT, payload BLOB NOT NULL, state TEXT NOT NULL, sent_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL, ended_ms INTEGER, attempt INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
    reason TEXT, UNIQUE (queue, idempotency_key));
CREATE INDEX flux_jobs_running ON flux_jobs (id) WHERE state = 'running';
INSERT INTO flux_jobs (id, queue, idempotency_key, payload, state, sent_ms, due_ms, attempt, max_attempts)
    VALUES ('a', 'mail', 'k', x'61', 'running', 0, 0, 1, 2);
";

#[tokio::test]
async fn a_file_from_before_leases_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("queue.db").display());
    let file = SqlitePool::connect(&url).await.unwrap();
    sqlx::raw_sql(OLD).execute(&file).await.unwrap();
    file.close().await;
    let queue = sqlite(folder.path()).await;
    assert_eq!(queue.send(keyed("b", "k", 1)).await.unwrap(), "a");
    assert_eq!(queue.recover("mail", 2).await.unwrap().ready, 1);
    assert_eq!(queue.claim("mail", 2).await.unwrap().unwrap().attempt, 2);
}

#[tokio::test]
async fn a_file_that_is_removed_is_made_anew_and_schedules_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    let schedules = queue.schedules().unwrap();
    assert_eq!(schedules.first("cron.a", 5).await.unwrap(), 5);
    assert!(schedules.tick("cron.a", 10, job("run", 10)).await.unwrap());
    queue.send(job("lost", 0)).await.unwrap();
    std::fs::remove_file(folder.path().join("queue.db")).unwrap();
    queue.check("mail", 20).await.unwrap();
    queue.send(job("a", 0)).await.unwrap();
    assert!(schedules.tick("cron.a", 20, job("next", 20)).await.unwrap());
    drop(queue);
    let queue = sqlite(folder.path()).await;
    for id in ["a", "next"] {
        assert_eq!(queue.claim("mail", 20).await.unwrap().unwrap().id, id);
    }
    assert_eq!(queue.claim("mail", 20).await.unwrap(), None);
}

#[tokio::test]
async fn a_table_that_somebody_dropped_is_made_again_and_the_others_stay() {
    let Some(database) = Database::new().await else {
        return;
    };
    let queue = open(&database).await;
    let schedules = queue.schedules().unwrap();
    assert_eq!(schedules.first("cron.a", 5).await.unwrap(), 5);
    queue.send(job("lost", 0)).await.unwrap();
    database.run("DROP TABLE flux.jobs CASCADE").await;
    assert!(matches!(queue.send(job("a", 0)).await, Err(Error::Unavailable(_))));
    queue.send(job("b", 0)).await.unwrap();
    assert_eq!(queue.claim("mail", 0).await.unwrap().unwrap().id, "b");
    assert_eq!(schedules.first("cron.a", 7).await.unwrap(), 5, "the schedule is still known");
}

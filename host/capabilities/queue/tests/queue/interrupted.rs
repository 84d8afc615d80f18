//! Callers that go away in the middle of a call.

use std::time::Duration;

use flux_cap_queue::*;
use flux_test_services::Database;
use futures_util::FutureExt;
use sqlx::{Connection, PgConnection};

use crate::support::*;

/// Waits until a statement waits for a lock.
async fn until_blocked(watcher: &mut PgConnection) {
    let blocked = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    within(async {
        while sqlx::query_scalar::<_, i64>(blocked).fetch_one(&mut *watcher).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// Locks the jobs, lets a call run into the lock, and drops it there.
async fn interrupt<T>(database: &Database, call: impl Future<Output = T>) -> PgConnection {
    let mut locker = PgConnection::connect(&database.url()).await.unwrap();
    let mut watcher = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE flux.jobs IN ACCESS EXCLUSIVE MODE").execute(&mut locker).await.unwrap();
    tokio::select! {
        _ = call => panic!("the table is locked"),
        () = until_blocked(&mut watcher) => {}
    }
    locker
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_connection_along() {
    let Some(database) = Database::new().await else {
        return;
    };
    let options = PostgresOptions { max_connections: 1, ..PostgresOptions::default() };
    let queue = Sql::postgres(&database.url(), options).await.unwrap();
    let locker = interrupt(&database, queue.send(job("a", 0))).await;
    // The only connection waits for the jobs still: given to the next, that would wait too.
    let schedules = queue.schedules().unwrap();
    assert_eq!(schedules.last("nightly").await.unwrap(), None);
    locker.close().await.unwrap();
    assert!(queue.counts("mail", 0).await.unwrap().ready <= 1);
}

#[tokio::test]
async fn a_transaction_that_is_given_up_is_undone_and_leaves_no_lock() {
    let Some(database) = Database::new().await else {
        return;
    };
    let options = PostgresOptions { max_connections: 1, ..PostgresOptions::default() };
    let queue = Sql::postgres(&database.url(), options).await.unwrap();
    queue.send(job("a", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap().unwrap();
    let locker = interrupt(&database, queue.settle(attempt("a", 1), retry(0), 0)).await;
    assert_eq!(queue.schedules().unwrap().last("nightly").await.unwrap(), None);
    locker.close().await.unwrap();
    // Whatever became of it, nobody is in its way: it runs and can be settled, or is ready again.
    let settled = queue.settle(attempt("a", 1), Settlement::Done, 0).await.unwrap();
    let ready = queue.counts("mail", 0).await.unwrap().ready;
    assert!(settled && ready == 0, "settled: {settled}, ready: {ready}");
}

#[tokio::test]
async fn a_file_goes_on_after_a_call_that_was_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    for id in 0..50 {
        queue.send(job(&format!("kept {id}"), 0)).await.unwrap();
        // Polled once and dropped, wherever that is.
        let _ = queue.send(job(&format!("dropped {id}"), 0)).now_or_never();
        let claimed = queue.claim("mail", 0).await.unwrap().unwrap();
        let _ = queue.settle(attempt(&claimed.id, 1), retry(0), 0).now_or_never();
        let _ = queue.settle(attempt(&claimed.id, 1), dead(), 0).now_or_never();
    }
    let tended = queue.recover("mail", 1).await.unwrap();
    let counts = queue.counts("mail", 1).await.unwrap();
    assert_eq!(counts.running, 0, "{tended:?} {counts:?}");
    assert!(counts.ready + counts.dead >= 50, "{counts:?}");
}

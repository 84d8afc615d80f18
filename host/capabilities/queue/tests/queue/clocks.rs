//! Clocks that disagree, were ahead once, or are asked for times that no clock will show.

use std::sync::Arc;

use flux_cap_queue::*;
use flux_test_services::Database;

use crate::support::*;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// Two nodes as `flux run` opens them.
///
/// Tests of these run on several threads: a connection that is being made goes on while the database is dropped,
/// which waits for it.
async fn nodes(database: &Database) -> [Sql; 2] {
    let node = async || Sql::postgres(&database.url(), PostgresOptions::default()).await.unwrap();
    [node().await, node().await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_ahead_takes_nothing_too_early() {
    let Some(database) = Database::new().await else {
        return;
    };
    // The right one's clock says 0, the other's two hours more. Only the server's counts.
    let [right, ahead] = nodes(&database).await;
    let later = 2 * HOUR_MS;
    right.send(job("later", HOUR_MS)).await.unwrap();
    assert_eq!(ahead.claim("mail", later).await.unwrap(), None, "it is not due for an hour");
    right.send(job("now", 0)).await.unwrap();
    assert_eq!(right.claim("mail", 0).await.unwrap().unwrap().id, "now");
    assert_eq!(ahead.tend("mail", later).await.unwrap().ready, 0, "its lease has just begun");
    assert_eq!(ahead.recover("mail", later).await.unwrap().ready, 0);
    assert!(right.settle(attempt("now", 1), Settlement::Done, 1).await.unwrap());
    let counts = ahead.counts("mail", later).await.unwrap();
    assert_eq!((counts.ready, counts.delayed), (0, 1));
    let listing = Listing { limit: 10, ..Listing::default() };
    assert_eq!(ahead.list("mail", &listing, later).await.unwrap()[0].state, JobState::Delayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_behind_runs_what_is_due_and_remembers_keys() {
    let Some(database) = Database::new().await else {
        return;
    };
    let [right, behind] = nodes(&database).await;
    let now_ms = 1_000_000 * HOUR_MS;
    right.send(keyed("a", "key", now_ms)).await.unwrap();
    assert_eq!(behind.claim("mail", 0).await.unwrap().unwrap().id, "a");
    assert!(behind.settle(attempt("a", 1), retry(0), 0).await.unwrap());
    assert_eq!(right.claim("mail", now_ms).await.unwrap().unwrap().attempt, 2);
    assert!(right.settle(attempt("a", 2), Settlement::Done, now_ms).await.unwrap());
    // By either clock but the server's, the key would be forgotten or never be.
    assert_eq!(behind.send(keyed("b", "key", 2 * now_ms)).await.unwrap(), "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_next_is_said_in_the_time_of_who_asks() {
    let Some(database) = Database::new().await else {
        return;
    };
    let [node, _] = nodes(&database).await;
    node.send(job("later", HOUR_MS)).await.unwrap();
    let next_ms = node.tend("mail", 5).await.unwrap().next_ms.unwrap();
    assert!(next_ms <= 5 + HOUR_MS, "{next_ms} is later than in an hour");
    assert!(next_ms > HOUR_MS / 2, "{next_ms} is long before");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_tick_by_the_server_s_clock() {
    let Some(database) = Database::new().await else {
        return;
    };
    let nodes = nodes(&database).await;
    let [one, other] = nodes.each_ref().map(|node| node.schedules().unwrap());
    let (ahead, behind) = (one.clock(u64::MAX / 2).await.unwrap(), other.clock(0).await.unwrap());
    assert!(behind.abs_diff(ahead) < HOUR_MS, "{ahead} and {behind} are not one clock's");
    let first = one.first("nightly", 0).await.unwrap();
    assert!(first.abs_diff(ahead) < HOUR_MS, "{first} is not the server's time");
}

/// A run that is noted for the future, by a clock that was ahead, stands in nobody's way.
async fn goes_on_after_a_clock_that_was_ahead(queue: &dyn Backend, now_ms: u64) {
    let schedules = queue.schedules().unwrap();
    let tick = async |at_ms, id: &str| {
        let job = NewJob { sent_ms: now_ms, due_ms: now_ms, ..job(id, 0) };
        schedules.tick("nightly", at_ms, job).await.unwrap()
    };
    let next_year = now_ms + 365 * 24 * HOUR_MS;
    assert!(tick(next_year, "a").await);
    assert!(tick(now_ms, "b").await, "silent for a year");
    assert!(!tick(now_ms, "c").await, "still once");
    assert_eq!(schedules.last("nightly").await.unwrap(), Some(now_ms));
    // A clock that was set back by a moment repeats nothing.
    assert!(tick(now_ms + AHEAD_MS, "d").await);
    assert!(!tick(now_ms + 1, "e").await);
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_silence_a_schedule() {
    let now_ms = 1_000_000 * HOUR_MS;
    goes_on_after_a_clock_that_was_ahead(&Memory::default(), now_ms).await;
    let folder = tempfile::tempdir().unwrap();
    goes_on_after_a_clock_that_was_ahead(&sqlite(folder.path()).await, now_ms).await;
    if let Some(database) = Database::new().await {
        goes_on_after_a_clock_that_was_ahead(&crate::services::open(&database).await, now_ms).await;
    }
}

#[tokio::test]
async fn jobs_that_a_clock_sent_from_the_future_do_not_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    let (now_ms, ahead) = (HOUR_MS, 1_000_000 * HOUR_MS);
    queue.send(NewJob { sent_ms: ahead, ..job("now", ahead) }).await.unwrap();
    queue.send(NewJob { sent_ms: ahead, ..job("later", ahead + 5) }).await.unwrap();
    queue.send(NewJob { sent_ms: now_ms, ..job("delayed", ahead) }).await.unwrap();
    assert_eq!(queue.claim("mail", now_ms).await.unwrap(), None);
    // The next start finds them.
    queue.recover("mail", now_ms).await.unwrap();
    assert_eq!(queue.claim("mail", now_ms).await.unwrap().unwrap().id, "now");
    assert_eq!(queue.claim("mail", now_ms + 4).await.unwrap(), None);
    assert_eq!(queue.claim("mail", now_ms + 5).await.unwrap().unwrap().id, "later");
    assert_eq!(queue.claim("mail", ahead - 1).await.unwrap(), None, "its sender wanted it so");
}

/// 3991-01-01T00:00:00Z.
const FAR_MS: u64 = 63_776_592_000_000;

#[tokio::test]
async fn a_job_that_is_due_in_a_thousand_years_or_never_waits_and_says_so() {
    each(async |rig| {
        let environment = Arc::new(Still::default());
        let config = QueueConfig::new(Arc::clone(&rig.queue));
        let queues = Queues::new([("mail".to_owned(), config)].into(), environment);
        let delayed = async |delay_ms| {
            let options = flux_host::bindings::flux::host::queue::Options {
                delay_ms: Some(delay_ms),
                idempotency_key: None,
                max_attempts: None,
            };
            let id = queues.enqueue("mail", b"x".to_vec(), options).await.unwrap();
            queues.show("mail", &id).await.unwrap().unwrap().summary
        };
        let far = delayed(FAR_MS).await;
        assert_eq!((far.state, far.due_ms), (JobState::Delayed, FAR_MS));
        for longest in [u64::MAX, u64::MAX - 1, i64::MAX.cast_unsigned(), NEVER_MS] {
            let never = delayed(longest).await;
            assert_eq!((never.state, never.due_ms), (JobState::Delayed, NEVER_MS));
        }
        rig.nothing(FAR_MS - 1).await;
        assert!(queues.tend("mail").await.is_ok());
    })
    .await;
}

//! Several nodes on one PostgreSQL database.

use std::collections::HashSet;
use std::sync::Arc;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::queue::Error;
use flux_test_services::Database;
use futures_util::FutureExt;
use tokio::sync::Notify;

use crate::services::open;
use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_run_each_of_many_jobs_once() {
    let Some(database) = Database::new().await else {
        return;
    };
    // At the same time: the tables are made once.
    let opened = futures_util::future::join_all((0..8).map(|_| open(&database))).await;
    let nodes: Vec<_> = opened.into_iter().take(2).map(Arc::new).collect();
    for id in 0..200 {
        nodes[id % 2].send(job(&id.to_string(), 0)).await.unwrap();
    }
    let claimers: Vec<_> = (0..12)
        .map(|number| {
            let node = Arc::clone(&nodes[number % 2]);
            tokio::spawn(async move {
                let mut ids = Vec::new();
                while let Some(job) = node.claim("mail", 1).await.unwrap() {
                    assert!(node.settle(attempt(&job.id, 1), Settlement::Done, 2).await.unwrap());
                    ids.push(job.id);
                }
                ids
            })
        })
        .collect();
    let mut ids = Vec::new();
    for claimer in claimers {
        ids.extend(claimer.await.unwrap());
    }
    assert_eq!(ids.len(), 200);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 200);
    assert_eq!(nodes[0].counts("mail", 3).await.unwrap(), Counts::default());
}

#[tokio::test]
async fn what_another_node_sends_wakes_this_one() {
    let Some(database) = Database::new().await else {
        return;
    };
    let (here, there) = (open(&database).await, open(&database).await);
    let (mail, sms) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    here.listen("mail", &mail);
    here.listen("sms", &sms);
    until_heard(&there, &mail).await;
    // Whoever has begun to listen wakes everybody once.
    let _ = sms.notified().now_or_never();
    assert!(here.claim("mail", 0).await.unwrap().is_some());
    let other = NewJob { queue: "sms".to_owned(), ..job("b", 0) };
    there.send(other).await.unwrap();
    within(sms.notified()).await;
}

#[tokio::test]
async fn a_job_of_a_node_that_died_runs_on_another() {
    let Some(database) = Database::new().await else {
        return;
    };
    let (dead, alive) = (open(&database).await, open(&database).await);
    dead.send(job("a", 0)).await.unwrap();
    dead.claim("mail", 0).await.unwrap().unwrap();
    drop(dead);
    // Starting is no reason to take anything from a node that may well live.
    assert_eq!(alive.recover("mail", LEASE_MS - 1).await.unwrap().ready, 0);
    assert_eq!(alive.tend("mail", LEASE_MS).await.unwrap().ready, 1);
    assert_eq!(alive.claim("mail", LEASE_MS).await.unwrap().unwrap().attempt, 2);
}

#[tokio::test]
async fn a_database_that_went_away_is_unavailable_and_then_used_again() {
    let Some(database) = Database::new().await else {
        return;
    };
    let (here, there) = (open(&database).await, open(&database).await);
    let mail = Arc::new(Notify::new());
    here.listen("mail", &mail);
    until_heard(&there, &mail).await;
    here.claim("mail", 0).await.unwrap().unwrap();

    database.cut().await;
    let refused = here.settle(attempt("0", 1), Settlement::Done, 1).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    let refused = here.settle(attempt("0", 1), dead(), 1).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    let _ = mail.notified().now_or_never();
    database.mend().await;
    assert!(here.settle(attempt("0", 1), Settlement::Done, 1).await.unwrap());
    // It listens again by itself, and says once that it does not know what it missed.
    within(mail.notified()).await;
}

/// What any store of schedules does; `other` is the same store.
async fn schedules(one: &dyn Backend, other: &dyn Backend) {
    let (here, there) = (one.schedules().unwrap(), other.schedules().unwrap());
    assert_eq!(here.first("nightly", 7).await.unwrap(), 7);
    assert_eq!(there.first("nightly", 9).await.unwrap(), 7);
    assert_eq!(here.last("nightly").await.unwrap(), None);
    assert_eq!(here.last("hourly").await.unwrap(), None);
    let (first, second) =
        tokio::join!(here.tick("nightly", 100, job("a", 0)), there.tick("nightly", 100, job("b", 0)));
    assert_ne!(first.unwrap(), second.unwrap());
    assert!(!there.tick("nightly", 100, job("c", 0)).await.unwrap());
    assert!(!there.tick("nightly", 99, job("d", 0)).await.unwrap());
    assert_eq!(there.last("nightly").await.unwrap(), Some(100));
    assert!(there.tick("nightly", 200, job("e", 0)).await.unwrap());
    assert!(here.tick("hourly", 1, job("f", 0)).await.unwrap());
    assert_eq!(here.first("hourly", 5).await.unwrap(), 1);
    assert_eq!(one.counts("mail", 0).await.unwrap().ready, 3);
    // A run that was missed is kept once, for an operator to run it.
    let missed = |id: &str| vec![NewJob { due_ms: 150, ..keyed(id, "missed 150", 210) }];
    here.miss(missed("g"), "it was full").await.unwrap();
    there.miss(missed("h"), "it was full").await.unwrap();
    assert_eq!(one.counts("mail", 0).await.unwrap().dead, 1);
    let kept = other.show("mail", "g", 210).await.unwrap().unwrap().summary;
    assert_eq!((kept.state, kept.reason.as_deref()), (JobState::Dead, Some("it was full")));
    assert_eq!(one.retry("mail", Some("g"), 220).await.unwrap(), 1);
    assert_eq!(one.counts("mail", 220).await.unwrap().ready, 4);
}

#[tokio::test]
async fn nodes_that_tick_the_same_run_enqueue_it_once() {
    let memory = Memory::default();
    schedules(&memory, &memory).await;
    let folder = tempfile::tempdir().unwrap();
    let file = sqlite(folder.path()).await;
    schedules(&file, &file).await;
    if let Some(database) = Database::new().await {
        let (one, other) = (open(&database).await, open(&database).await);
        schedules(&one, &other).await;
    }
}

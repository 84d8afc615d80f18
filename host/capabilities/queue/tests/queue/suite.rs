//! What every back end promises.

use std::collections::HashSet;
use std::sync::Arc;

use flux_cap_queue::*;

use crate::support::*;

#[tokio::test]
async fn a_job_is_claimed_once_and_done() {
    each(async |rig| {
        assert_eq!(rig.queue.send(job("a", 0)).await.unwrap(), "a");
        assert_eq!(rig.queue.claim("other", 5).await.unwrap(), None);
        assert_eq!(rig.claim(5).await, ("a".to_owned(), 1));
        rig.nothing(5).await;
        let elsewhere = Attempt { queue: "other", ..attempt("a", 1) };
        assert!(!rig.queue.settle(elsewhere, Settlement::Done, 6).await.unwrap());
        assert!(rig.queue.settle(attempt("a", 1), Settlement::Done, 6).await.unwrap());
        assert!(!rig.queue.settle(attempt("a", 1), Settlement::Done, 6).await.unwrap());
        rig.nothing(10_000_000).await;
        assert_eq!(rig.queue.tend("mail", 10_000_000).await.unwrap(), Tended::default());
    })
    .await;
}

#[tokio::test]
async fn jobs_run_in_the_order_in_which_they_are_due() {
    each(async |rig| {
        if !rig.exact() {
            return;
        }
        for (id, due_ms) in [("late", 90), ("first", 10), ("second", 10), ("third", 20)] {
            rig.queue.send(job(id, due_ms)).await.unwrap();
        }
        let next = async || rig.queue.tend("mail", 0).await.unwrap().next_ms;
        assert_eq!(next().await, Some(10));
        rig.nothing(9).await;
        for id in ["first", "second", "third"] {
            assert_eq!(rig.claim(89).await, (id.to_owned(), 1));
        }
        rig.nothing(89).await;
        assert_eq!(next().await, Some(90));
        assert_eq!(rig.claim(90).await, ("late".to_owned(), 1));
        // What is next now is that a lease ends.
        assert_eq!(next().await, Some(89 + LEASE_MS));
    })
    .await;
}

#[tokio::test]
async fn a_job_does_not_run_before_it_is_due() {
    each(async |rig| {
        rig.queue.send(job("later", 300)).await.unwrap();
        rig.queue.send(job("now", 0)).await.unwrap();
        assert_eq!(rig.claim(0).await, ("now".to_owned(), 1));
        rig.nothing(0).await;
        assert_eq!(rig.queue.tend("mail", 0).await.unwrap().next_ms, Some(300));
        rig.nothing(299).await;
        rig.pass(300).await;
        assert_eq!(rig.claim(300).await, ("later".to_owned(), 1));
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_comes_back_and_a_dead_one_does_not() {
    each(async |rig| {
        rig.queue.send(job("a", 0)).await.unwrap();
        assert_eq!(rig.claim(0).await, ("a".to_owned(), 1));
        assert!(rig.queue.settle(attempt("a", 1), retry(50), 1).await.unwrap());
        rig.nothing(1).await;
        assert_eq!(rig.queue.tend("mail", 1).await.unwrap().next_ms, Some(50));
        rig.pass(50).await;
        assert_eq!(rig.claim(50).await, ("a".to_owned(), 2));
        // The first attempt ended: whoever still thinks to run it changes nothing.
        assert!(!rig.queue.settle(attempt("a", 1), Settlement::Done, 51).await.unwrap());
        assert!(!rig.queue.extend(attempt("a", 1), 51).await.unwrap());
        assert!(rig.queue.settle(attempt("a", 2), dead(), 52).await.unwrap());
        rig.nothing(10_000_000).await;
        let failed = |number, ended_ms, reason: &str| FailedAttempt {
            attempt: number,
            ended_ms,
            reason: reason.to_owned(),
        };
        let shown = rig.queue.show("mail", "a", 60).await.unwrap().unwrap();
        assert_eq!(shown.attempts, [failed(1, 1, "no luck"), failed(2, 52, "gave up")]);
        assert_eq!((shown.summary.state, shown.summary.attempt), (JobState::Dead, 2));
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_lease_ended_runs_again_until_its_last_attempt() {
    each(async |rig| {
        rig.queue.send(job("a", 0)).await.unwrap();
        assert_eq!(rig.claim(0).await, ("a".to_owned(), 1));
        let ends = rig.lease_ms;
        rig.nothing(ends - 1).await;
        rig.pass(ends).await;
        let tended = rig.queue.tend("mail", ends).await.unwrap();
        if rig.exact() {
            assert_eq!((tended.ready, tended.dead), (1, 0));
        }
        assert_eq!(rig.claim(ends).await, ("a".to_owned(), 2));
        assert!(!rig.queue.settle(attempt("a", 1), Settlement::Done, ends).await.unwrap());
        rig.pass(ends + 200).await;
        let tended = rig.queue.tend("mail", ends * 2).await.unwrap();
        if rig.exact() {
            assert_eq!((tended.ready, tended.dead), (0, 1));
        }
        rig.nothing(ends * 2).await;
        let shown = rig.queue.show("mail", "a", ends * 2).await.unwrap().unwrap();
        assert_eq!((shown.summary.state, shown.attempts.len()), (JobState::Dead, 2));
        for ended in shown.attempts {
            assert_eq!(ended.reason, "its lease ended while it ran: the process died or hung");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_is_extended_does_not_end() {
    each(async |rig| {
        rig.queue.send(job("a", 0)).await.unwrap();
        assert_eq!(rig.claim(0).await, ("a".to_owned(), 1));
        let half = rig.lease_ms / 2;
        for beat in 1..=4 {
            rig.pass(half).await;
            assert!(rig.queue.extend(attempt("a", 1), half * beat).await.unwrap());
            let tended = rig.queue.tend("mail", half * beat).await.unwrap();
            assert_eq!((tended.ready, tended.dead), (0, 0));
            rig.nothing(half * beat).await;
        }
        assert!(rig.queue.settle(attempt("a", 1), Settlement::Done, half * 4).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_key_is_remembered_while_its_job_lives_and_a_day_after() {
    each(async |rig| {
        let send = async |job| rig.queue.send(job).await.unwrap();
        assert_eq!(send(keyed("a", "k\0\r\n", 0)).await, "a");
        assert_eq!(send(keyed("b", "k\0\r\n", KEY_MS * 9)).await, "a");
        assert_eq!(send(keyed("c", "", 0)).await, "c");
        let elsewhere = NewJob { queue: "sms".to_owned(), ..keyed("d", "k\0\r\n", 0) };
        assert_eq!(send(elsewhere).await, "d");
        assert_eq!(rig.claim(0).await, ("a".to_owned(), 1));
        assert!(rig.queue.settle(attempt("a", 1), Settlement::Done, 100).await.unwrap());
        assert_eq!(send(keyed("e", "k\0\r\n", KEY_MS + 99)).await, "a");
        assert_eq!(rig.queue.counts("mail", 100).await.unwrap().keys, 2);
        assert_eq!(send(keyed("f", "k\0\r\n", KEY_MS + 100)).await, "f");
        assert_eq!(send(keyed("g", "", KEY_MS + 100)).await, "c");
    })
    .await;
}

#[tokio::test]
async fn keys_over_their_time_are_removed_while_nothing_happens() {
    each(async |rig| {
        for (id, key) in [("a", "1"), ("b", "2"), ("c", "3")] {
            rig.queue.send(keyed(id, key, 0)).await.unwrap();
        }
        for done_ms in [1, 2] {
            let (id, number) = rig.claim(0).await;
            assert!(rig.queue.settle(attempt(&id, number), Settlement::Done, done_ms).await.unwrap());
        }
        rig.queue.tend("mail", KEY_MS + 1).await.unwrap();
        assert_eq!(rig.queue.counts("mail", 2).await.unwrap().keys, 2);
        rig.queue.tend("mail", KEY_MS + 2).await.unwrap();
        assert_eq!(rig.queue.counts("mail", 2).await.unwrap().keys, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_claimers_never_get_the_same_job() {
    each(async |rig| {
        for id in 0..64 {
            rig.queue.send(job(&id.to_string(), 0)).await.unwrap();
        }
        let claimers: Vec<_> = (0..16)
            .map(|_| {
                let queue = Arc::clone(&rig.queue);
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    while let Some(job) = queue.claim("mail", 0).await.unwrap() {
                        ids.push(job.id.clone());
                        let ended = Attempt { queue: "mail", id: &job.id, number: job.attempt };
                        assert!(queue.settle(ended, Settlement::Done, 0).await.unwrap());
                    }
                    ids
                })
            })
            .collect();
        let mut ids = Vec::new();
        for claimer in claimers {
            ids.extend(claimer.await.unwrap());
        }
        assert_eq!(ids.len(), 64);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 64);
    })
    .await;
}

#[tokio::test]
async fn a_check_writes_nothing_that_anybody_sees() {
    each(async |rig| {
        for now_ms in [0, 1] {
            rig.queue.check("mail", now_ms).await.unwrap();
        }
        rig.nothing(1).await;
        let counts = rig.queue.counts("mail", 1).await.unwrap();
        assert_eq!((counts.waiting(), counts.running, counts.dead), (0, 0, 0));
    })
    .await;
}

//! What an operator sees and does, on every back end.

use flux_cap_queue::*;

use crate::support::*;

fn ids(jobs: &[JobSummary]) -> Vec<&str> {
    jobs.iter().map(|job| &*job.id).collect()
}

/// One that runs, one that is ready, one that is delayed, and two dead letters.
async fn fill(rig: &Rig) {
    for id in ["a", "b"] {
        rig.queue.send(keyed(id, id, 0)).await.unwrap();
        rig.claim(0).await;
        assert!(rig.queue.settle(attempt(id, 1), dead(), 1).await.unwrap());
    }
    rig.queue.send(job("c", 0)).await.unwrap();
    rig.claim(0).await;
    rig.queue.send(job("d", 0)).await.unwrap();
    rig.queue.send(keyed("e", "e", 0)).await.unwrap();
    rig.queue.send(job("f", 600_000)).await.unwrap();
    rig.queue.send(NewJob { queue: "other".to_owned(), ..job("g", 0) }).await.unwrap();
}

async fn list(rig: &Rig, state: Option<JobState>, newest: bool, after: &str, limit: usize) -> String {
    let after = Some(after.to_owned()).filter(|after| !after.is_empty());
    let listing = Listing { state, newest, after, limit };
    ids(&rig.queue.list("mail", &listing, 5).await.unwrap()).concat()
}

#[tokio::test]
async fn jobs_are_counted_and_listed_by_state_in_pages() {
    each(async |rig| {
        assert_eq!(rig.queue.counts("mail", 5).await.unwrap(), Counts::default());
        fill(&rig).await;
        let counts = Counts { ready: 2, delayed: 1, running: 1, dead: 2, keys: 3 };
        assert_eq!(rig.queue.counts("mail", 5).await.unwrap(), counts);
        assert_eq!(counts.waiting(), 3);

        assert_eq!(list(&rig, None, false, "", 9).await, "abcdef");
        assert_eq!(list(&rig, None, true, "", 9).await, "fedcba");
        assert_eq!(list(&rig, None, false, "", 2).await, "ab");
        assert_eq!(list(&rig, None, false, "b", 2).await, "cd");
        assert_eq!(list(&rig, None, true, "c", 9).await, "ba");
        for (state, expected) in [
            (JobState::Ready, "de"),
            (JobState::Delayed, "f"),
            (JobState::Running, "c"),
            (JobState::Dead, "ab"),
        ] {
            assert_eq!(list(&rig, Some(state), false, "", 9).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_is_shown_with_all_that_is_known() {
    each(async |rig| {
        fill(&rig).await;
        let shown = rig.queue.show("mail", "b", 5).await.unwrap().unwrap();
        let summary = JobSummary {
            id: "b".to_owned(),
            state: JobState::Dead,
            attempt: 1,
            max_attempts: 2,
            sent_ms: 0,
            due_ms: 0,
            reason: Some("gave up".to_owned()),
            idempotency_key: Some("b".to_owned()),
            payload_bytes: 1,
        };
        assert_eq!((shown.summary, shown.payload), (summary, b"b".to_vec()));
        let running = rig.queue.show("mail", "c", 5).await.unwrap().unwrap();
        assert_eq!((running.summary.state, running.summary.attempt), (JobState::Running, 1));
        for nobody in ["g", "z", "*", "a.b"] {
            assert_eq!(rig.queue.show("mail", nobody, 5).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn dead_letters_run_again_from_their_first_attempt() {
    each(async |rig| {
        fill(&rig).await;
        assert_eq!(rig.queue.retry("mail", Some("c"), 7).await.unwrap(), 0);
        assert_eq!(rig.queue.retry("mail", Some("b"), 7).await.unwrap(), 1);
        assert_eq!(rig.queue.retry("mail", Some("b"), 7).await.unwrap(), 0);
        let shown = rig.queue.show("mail", "b", 8).await.unwrap().unwrap();
        assert_eq!((shown.summary.state, shown.summary.attempt), (JobState::Ready, 0));
        assert_eq!((shown.summary.reason, shown.attempts.len()), (None, 0));
        // Its key is still its own.
        assert_eq!(rig.queue.send(keyed("x", "b", 8)).await.unwrap(), "b");
        assert_eq!(rig.queue.retry("mail", None, 7).await.unwrap(), 1);
        assert_eq!(rig.queue.counts("mail", 8).await.unwrap().dead, 0);
        let mut claimed = Vec::new();
        for _ in 0..4 {
            claimed.push(rig.claim(8).await);
        }
        claimed.sort();
        assert_eq!(claimed, ["a", "b", "d", "e"].map(|id| (id.to_owned(), 1)));
        assert!(rig.queue.settle(attempt("a", 1), retry(8), 8).await.unwrap());
        assert!(rig.queue.settle(attempt("b", 1), dead(), 9).await.unwrap());
        assert_eq!(rig.queue.show("mail", "b", 9).await.unwrap().unwrap().attempts.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_purge_takes_the_keys_along_and_leaves_what_runs() {
    each(async |rig| {
        fill(&rig).await;
        let purge = async |state| rig.queue.purge("mail", state, 5).await.unwrap();
        assert_eq!(purge(Some(JobState::Running)).await, 0);
        assert_eq!(purge(Some(JobState::Dead)).await, 2);
        assert_eq!(rig.queue.send(keyed("a2", "a", 5)).await.unwrap(), "a2");
        assert_eq!(rig.queue.send(keyed("e2", "e", 5)).await.unwrap(), "e");
        assert_eq!(purge(Some(JobState::Delayed)).await, 1);
        assert_eq!(list(&rig, None, false, "", 9).await, "a2cde");
        assert_eq!(purge(None).await, 3);
        assert_eq!(list(&rig, None, false, "", 9).await, "c");
        let counts = Counts { running: 1, ..Counts::default() };
        assert_eq!(rig.queue.counts("mail", 5).await.unwrap(), counts);
        assert!(rig.queue.settle(attempt("c", 1), Settlement::Done, 6).await.unwrap());
        assert_eq!(rig.queue.counts("other", 5).await.unwrap().ready, 1);
    })
    .await;
}

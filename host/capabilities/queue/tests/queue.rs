//! Both back ends against one list of expectations, and the guest's side live, recorded and replayed.

#![expect(clippy::unwrap_used, reason = "a panic is the test's report")]

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::queue::{Error, Host, Options};
use flux_host::{Capabilities, Environment, Execution, Limits};
use flux_recorder::*;

/// A clock that stands still until the test moves it.
#[derive(Default)]
struct Still {
    now_ms: AtomicU64,
    drawn: AtomicU64,
}

impl Environment for Still {
    fn now_ns(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst) * 1_000_000
    }

    fn monotonic_ns(&self) -> u64 {
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        bytes.iter_mut().rev().zip(drawn.iter().rev()).for_each(|(byte, drawn)| *byte = *drawn);
    }
}

fn job(id: &str, due_ms: u64) -> NewJob {
    let (queue, payload) = ("mail".to_owned(), id.as_bytes().to_vec());
    NewJob { id: id.to_owned(), queue, payload, sent_ms: 0, due_ms, max_attempts: 2, idempotency_key: None }
}

fn keyed(id: &str, key: &str, sent_ms: u64) -> NewJob {
    NewJob { idempotency_key: Some(key.to_owned()), sent_ms, ..job(id, sent_ms) }
}

fn claimed(id: &str, attempt: u32) -> Option<ClaimedJob> {
    Some(ClaimedJob { id: id.to_owned(), payload: id.as_bytes().to_vec(), attempt, max_attempts: 2 })
}

fn retry(at_ms: u64) -> Settlement {
    Settlement::Retry { at_ms, reason: "no luck".to_owned() }
}

async fn sqlite(folder: &Path) -> Arc<dyn Backend> {
    Arc::new(Sqlite::open(&folder.join("queue.db")).await.unwrap())
}

/// Runs `expect` with each back end, empty.
async fn each(expect: impl AsyncFn(Arc<dyn Backend>)) {
    expect(Arc::new(Memory::default())).await;
    let folder = tempfile::tempdir().unwrap();
    expect(sqlite(folder.path()).await).await;
}

#[tokio::test]
async fn a_job_is_claimed_once_and_done() {
    each(async |queue| {
        assert_eq!(queue.send(job("a", 0)).await.unwrap(), "a");
        assert_eq!(queue.claim("other", 5).await.unwrap(), None);
        assert_eq!(queue.claim("mail", 5).await.unwrap(), claimed("a", 1));
        assert_eq!(queue.claim("mail", 5).await.unwrap(), None);
        assert!(queue.settle("a", 1, Settlement::Done, 6).await.unwrap());
        assert!(!queue.settle("a", 1, Settlement::Done, 6).await.unwrap());
        assert_eq!(queue.recover(7).await.unwrap(), 0);
        assert_eq!(queue.claim("mail", u64::MAX).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn jobs_run_in_the_order_in_which_they_are_due() {
    each(async |queue| {
        for (id, due_ms) in [("late", 90), ("first", 10), ("second", 10), ("third", 20)] {
            queue.send(job(id, due_ms)).await.unwrap();
        }
        assert_eq!(queue.next_due("mail").await.unwrap(), Some(10));
        assert_eq!(queue.claim("mail", 9).await.unwrap(), None);
        for id in ["first", "second", "third"] {
            assert_eq!(queue.claim("mail", 89).await.unwrap(), claimed(id, 1));
        }
        assert_eq!(queue.claim("mail", 89).await.unwrap(), None);
        assert_eq!(queue.next_due("mail").await.unwrap(), Some(90));
        assert_eq!(queue.claim("mail", 90).await.unwrap(), claimed("late", 1));
        assert_eq!(queue.next_due("mail").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_comes_back_and_a_dead_one_does_not() {
    each(async |queue| {
        queue.send(job("a", 0)).await.unwrap();
        queue.claim("mail", 0).await.unwrap();
        assert!(queue.settle("a", 1, retry(50), 1).await.unwrap());
        assert_eq!(queue.next_due("mail").await.unwrap(), Some(50));
        assert_eq!(queue.claim("mail", 49).await.unwrap(), None);
        assert_eq!(queue.claim("mail", 50).await.unwrap(), claimed("a", 2));
        // The first attempt ended: whoever still thinks to run it changes nothing.
        assert!(!queue.settle("a", 1, Settlement::Done, 51).await.unwrap());
        let dead = Settlement::Dead { reason: "gave up".to_owned() };
        assert!(queue.settle("a", 2, dead, 52).await.unwrap());
        assert_eq!(queue.recover(53).await.unwrap(), 0);
        assert_eq!(queue.claim("mail", u64::MAX).await.unwrap(), None);
        assert_eq!(queue.next_due("mail").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_ran_when_the_process_died_runs_again_until_its_last_attempt() {
    each(async |queue| {
        queue.send(job("a", 0)).await.unwrap();
        queue.send(job("b", 1)).await.unwrap();
        queue.claim("mail", 0).await.unwrap();
        assert_eq!(queue.recover(10).await.unwrap(), 1);
        assert_eq!(queue.claim("mail", 10).await.unwrap(), claimed("a", 2));
        assert_eq!(queue.recover(20).await.unwrap(), 0);
        assert_eq!(queue.claim("mail", 20).await.unwrap(), claimed("b", 1));
        assert_eq!(queue.claim("mail", 20).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_remembered_while_its_job_lives_and_a_day_after() {
    each(async |queue| {
        assert_eq!(queue.send(keyed("a", "k", 0)).await.unwrap(), "a");
        assert_eq!(queue.send(keyed("b", "k", KEY_MS * 9)).await.unwrap(), "a");
        assert_eq!(queue.send(keyed("c", "other", 0)).await.unwrap(), "c");
        let elsewhere = NewJob { queue: "sms".to_owned(), ..keyed("d", "k", 0) };
        assert_eq!(queue.send(elsewhere).await.unwrap(), "d");
        assert_eq!(queue.claim("mail", 0).await.unwrap(), claimed("a", 1));
        assert!(queue.settle("a", 1, Settlement::Done, 100).await.unwrap());
        assert_eq!(queue.send(keyed("e", "k", KEY_MS + 99)).await.unwrap(), "a");
        assert_eq!(queue.send(keyed("f", "k", KEY_MS + 100)).await.unwrap(), "f");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_claimers_never_get_the_same_job() {
    each(async |queue| {
        for id in 0..64 {
            queue.send(job(&id.to_string(), 0)).await.unwrap();
        }
        let claimers: Vec<_> = (0..16)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    while let Some(job) = queue.claim("mail", 0).await.unwrap() {
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
        assert_eq!(ids.len(), 64);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 64);
    })
    .await;
}

#[tokio::test]
async fn a_file_keeps_jobs_keys_and_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    queue.send(keyed("done", "k", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap();
    queue.settle("done", 1, Settlement::Done, 1).await.unwrap();
    queue.send(job("dead", 0)).await.unwrap();
    queue.claim("mail", 0).await.unwrap();
    queue.settle("dead", 1, retry(2), 2).await.unwrap();
    queue.claim("mail", 2).await.unwrap();
    queue.settle("dead", 2, Settlement::Dead { reason: "gave up".to_owned() }, 3).await.unwrap();
    queue.send(job("runs", 3)).await.unwrap();
    queue.claim("mail", 3).await.unwrap();
    queue.send(job("waits", 4)).await.unwrap();
    drop(queue);

    let queue = sqlite(folder.path()).await;
    assert_eq!(queue.send(keyed("again", "k", 5)).await.unwrap(), "done");
    assert_eq!(queue.claim("mail", 5).await.unwrap(), claimed("waits", 1));
    assert_eq!(queue.recover(6).await.unwrap(), 2);
    assert_eq!(queue.claim("mail", 6).await.unwrap(), claimed("runs", 2));
    let url = format!("sqlite:{}", folder.path().join("queue.db").display());
    let file = sqlx::SqlitePool::connect(&url).await.unwrap();
    let sql = "SELECT a.attempt, a.reason FROM flux_job_attempts a JOIN flux_jobs j ON j.id = a.job \
               WHERE j.state = 'dead' ORDER BY a.attempt";
    let reasons: Vec<(u32, String)> = sqlx::query_as(sql).fetch_all(&file).await.unwrap();
    assert_eq!(reasons, [(1, "no luck".to_owned()), (2, "gave up".to_owned())]);
}

#[test]
fn the_backoff_doubles_to_a_cap_and_jitters_by_half() {
    let bounds = |attempt| (backoff_ms(attempt, 0), backoff_ms(attempt, full(attempt)));
    assert_eq!(bounds(1), (500, 1500));
    assert_eq!(bounds(2), (1000, 3000));
    assert_eq!(bounds(9), (128_000, 384_000));
    assert_eq!(bounds(10), (MAX_BACKOFF_MS / 2, MAX_BACKOFF_MS / 2 * 3));
    assert_eq!(bounds(u32::MAX), bounds(10));
    assert_eq!(backoff_ms(1, 700), 1200);
}

/// The number that draws the longest wait.
fn full(attempt: u32) -> u64 {
    (0..).map(|doublings| 1000 << doublings).nth(attempt.min(10) as usize - 1).unwrap().min(MAX_BACKOFF_MS)
}

#[test]
fn the_last_attempt_that_fails_is_dead() {
    let failed = |attempt| Settlement::failed(attempt, 2, "no".to_owned(), 10_000, 0);
    assert_eq!(failed(1), Settlement::Retry { at_ms: 10_500, reason: "no".to_owned() });
    assert_eq!(failed(2), Settlement::Dead { reason: "no".to_owned() });
}

fn capabilities(environment: &Arc<Still>) -> Capabilities {
    let config = QueueConfig::new(Arc::new(Memory::default()));
    let mut capabilities = Capabilities::default();
    capabilities.add(Queues::new(HashMap::from([("mail".to_owned(), config)]), environment.clone()));
    capabilities
}

fn execution(session: Session, capabilities: Capabilities) -> Execution {
    Execution::new(session, Arc::new(Still::default()), Arc::new(capabilities), Limits::default())
}

fn begin() -> Begin {
    let trigger = Trigger { kind: "test".to_owned(), name: "queue".to_owned(), input: Vec::new() };
    let id = Still::default().id();
    let engine = "none".to_owned();
    Begin { id, parent: None, guest: Digest([0; 32]), engine, seed: [0; 32], started_ns: 0, trigger }
}

fn end() -> End {
    End { outcome: returned(&()), elapsed_ns: 0, peak_memory: 0 }
}

fn plain() -> Options {
    Options { delay_ms: None, idempotency_key: None, max_attempts: None }
}

/// What a guest does that sends to its queue in every way.
async fn guest(execution: &mut Execution) -> Vec<Result<String, Error>> {
    let mut view = View(execution);
    let once = Options { idempotency_key: Some("once".to_owned()), ..plain() };
    let long = Options { idempotency_key: Some("k".repeat(MAX_KEY + 1)), ..plain() };
    let mut answers = Vec::new();
    for (queue, payload, options) in [
        ("mail", vec![0, 255], plain()),
        ("mail", vec![1], once.clone()),
        ("mail", vec![2], once),
        ("sms", vec![], plain()),
        ("mail", vec![0; MAX_PAYLOAD], plain()),
        ("mail", vec![0; MAX_PAYLOAD + 1], plain()),
        ("mail", vec![], long),
    ] {
        answers.push(view.send(queue.to_owned(), payload, options).await.unwrap());
    }
    answers
}

#[tokio::test]
async fn a_guest_is_answered_the_same_live_recorded_and_replayed() {
    let environment = || Arc::new(Still::default());
    let live = guest(&mut execution(Session::live([0; 32]), capabilities(&environment()))).await;
    assert!(live[0].as_ref().unwrap() < live[1].as_ref().unwrap());
    assert_eq!(live[1], live[2]);
    let denied = "queue 'sms' is not in flux.toml; hint: add [queues.sms] with guest = \"<name>\"";
    assert_eq!(live[3], Err(Error::Denied(denied.to_owned())));
    assert!(live[4].is_ok());
    assert_eq!(live[5..], [Err(Error::TooLarge), Err(Error::TooLarge)]);

    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut recorded = execution(session, capabilities(&environment()));
    assert_eq!(guest(&mut recorded).await, live);
    recorded.session().end(end()).unwrap();

    let recording = Arc::new(Recording::read(journal.bytes()).unwrap());
    let session = Session::replay(recording, Arc::default(), Arc::new(KeepAll));
    let mut replayed = execution(session, Capabilities::default());
    assert_eq!(guest(&mut replayed).await, live);
    let found = replayed.session().end(end()).unwrap().unwrap();
    assert_eq!((found.divergences, found.answered), (Vec::new(), 7));
}

#[tokio::test]
async fn a_send_wakes_the_worker_which_sleeps_until_the_next_job_is_due() {
    let environment = Arc::new(Still::default());
    let capabilities = capabilities(&environment);
    let queues = capabilities.get::<Queues>().unwrap();
    let mut execution = execution(Session::live([0; 32]), capabilities);
    let later = Options { delay_ms: Some(750), max_attempts: Some(0), ..plain() };
    assert_eq!(queues.due_in("mail").await.unwrap(), None);
    let id = View(&mut execution).send("mail".to_owned(), vec![7], later).await.unwrap().unwrap();

    queues.sent("mail").unwrap().notified().await;
    assert_eq!(queues.claim("mail").await.unwrap(), None);
    assert_eq!(queues.due_in("mail").await.unwrap(), Some(Duration::from_millis(750)));
    environment.now_ms.store(800, Ordering::SeqCst);
    assert_eq!(queues.due_in("mail").await.unwrap(), Some(Duration::ZERO));
    let job = queues.claim("mail").await.unwrap().unwrap();
    assert_eq!((&job.id, job.payload, job.attempt, job.max_attempts), (&id, vec![7], 1, 1));
    let failed = queues.failed(job.attempt, job.max_attempts, "no".to_owned());
    assert_eq!(failed, Settlement::Dead { reason: "no".to_owned() });
    assert!(queues.settle("mail", &id, 1, failed).await.unwrap());
    assert_eq!(queues.recover().await.unwrap(), 0);
    assert_eq!(queues.labels().collect::<Vec<_>>(), ["mail"]);
    assert!(matches!(queues.claim("sms").await, Err(Error::Denied(_))));
}

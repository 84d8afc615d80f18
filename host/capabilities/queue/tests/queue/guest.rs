//! The guest's side, live, recorded and replayed, and the queues' own bounds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::queue::{Error, Host, Options};
use flux_host::{Capabilities, Environment, Execution, Limits};
use flux_recorder::*;
use flux_replay::Replay;
use futures_util::FutureExt;

use crate::support::*;

/// `mail` for guests, and the host's own `cron.nightly`.
pub fn capabilities(environment: &Arc<Still>, config: QueueConfig) -> Capabilities {
    let hidden = QueueConfig { hidden: true, ..config.clone() };
    let queues = HashMap::from([("mail".to_owned(), config), ("cron.nightly".to_owned(), hidden)]);
    let mut capabilities = Capabilities::default();
    capabilities.add(Queues::new(queues, environment.clone()));
    capabilities
}

fn in_memory() -> QueueConfig {
    QueueConfig::new(Arc::new(Memory::default()))
}

pub fn execution(session: Session, capabilities: Capabilities) -> Execution {
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

pub fn plain() -> Options {
    Options { delay_ms: None, idempotency_key: None, max_attempts: None }
}

pub async fn send(execution: &mut Execution, queue: &str, options: Options) -> Result<String, Error> {
    View(execution).send(queue.to_owned(), vec![7], options).await.unwrap()
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
        ("cron.nightly", vec![], plain()),
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
    let capabilities = || capabilities(&Arc::new(Still::default()), in_memory());
    let live = guest(&mut execution(Session::live([0; 32]), capabilities())).await;
    assert!(live[0].as_ref().unwrap() < live[1].as_ref().unwrap());
    assert_eq!(live[1], live[2]);
    let denied = "queue 'sms' is not in flux.toml [FLX0501]; hint: add [queues.sms] with guest = \"<name>\"";
    assert_eq!(live[3], Err(Error::Denied(denied.to_owned())));
    assert_eq!(live[4], Err(Error::Denied("queue 'cron.nightly' is the host's own".to_owned())));
    assert!(live[5].is_ok());
    assert_eq!(live[6..], [Err(Error::TooLarge), Err(Error::TooLarge)]);

    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut recorded = execution(session, capabilities());
    assert_eq!(guest(&mut recorded).await, live);
    recorded.end(end()).unwrap();

    let recording = Arc::new(Recording::read(journal.bytes()).unwrap());
    let mut replay = Replay::by_the_same(recording);
    let mut replayed = execution(replay.session(), Capabilities::default());
    assert_eq!(guest(&mut replayed).await, live);
    replayed.end(end()).unwrap();
    let found = replay.report().unwrap().unwrap();
    assert_eq!((found.divergences, found.answered), (Vec::new(), 8));
}

#[tokio::test]
async fn a_send_wakes_the_worker_which_sleeps_until_the_next_job_is_due() {
    let environment = Arc::new(Still::default());
    let capabilities = capabilities(&environment, in_memory());
    let queues = capabilities.get::<Queues>().unwrap();
    let mut execution = execution(Session::live([0; 32]), capabilities);
    let later = Options { delay_ms: Some(750), max_attempts: Some(0), ..plain() };
    assert_eq!(queues.tend("mail").await.unwrap(), Tended::default());
    let id = send(&mut execution, "mail", later).await.unwrap();

    queues.sent("mail").unwrap().notified().await;
    assert_eq!(queues.claim("mail").await.unwrap(), None);
    let next_ms = queues.tend("mail").await.unwrap().next_ms.unwrap();
    assert_eq!(queues.until(next_ms), Duration::from_millis(750));
    environment.now_ms.store(800, Ordering::SeqCst);
    assert_eq!(queues.until(next_ms), Duration::ZERO);
    let job = queues.claim("mail").await.unwrap().unwrap();
    assert_eq!((&job.id, &*job.payload, job.attempt, job.max_attempts), (&id, &[7][..], 1, 1));
    assert!(queues.extend("mail", &job).await.unwrap());
    let failed = queues.failed(&job, "no\0".repeat(9000));
    assert!(queues.settle("mail", &job, failed).await.unwrap());
    let reason = queues.show("mail", &id).await.unwrap().unwrap().summary.reason.unwrap();
    assert!(reason.starts_with("no\u{fffd}no") && reason.len() < 10_000, "{}", reason.len());
    assert_eq!(queues.recover().await.unwrap(), 0);
    assert!(matches!(queues.claim("sms").await, Err(Error::Denied(_))));

    assert_eq!(queues.retry("mail", None).await.unwrap(), 1);
    queues.sent("mail").unwrap().notified().await;
    assert_eq!(queues.counts("mail").await.unwrap().ready, 1);
    assert_eq!(queues.list("mail", &Listing { limit: 9, ..Listing::default() }).await.unwrap().len(), 1);
    assert_eq!(queues.purge("mail", Some(JobState::Ready)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_retry_wakes_the_worker_that_sleeps_for_longer() {
    let capabilities = capabilities(&Arc::new(Still::default()), in_memory());
    let queues = capabilities.get::<Queues>().unwrap();
    let sent = queues.sent("mail").unwrap();
    queues.enqueue("mail", vec![7], plain()).await.unwrap();
    sent.notified().await;
    let job = queues.claim("mail").await.unwrap().unwrap();
    assert!(sent.notified().now_or_never().is_none());
    assert!(queues.settle("mail", &job, retry(50)).await.unwrap());
    assert!(sent.notified().now_or_never().is_some());
}

#[tokio::test]
async fn a_run_of_a_schedule_is_a_job_of_a_queue_that_guests_cannot_send_to() {
    let capabilities = capabilities(&Arc::new(Still::default()), in_memory());
    let queues = capabilities.get::<Queues>().unwrap();
    assert!(queues.tick("cron.nightly", 100, b"100".to_vec()).await.unwrap());
    assert!(!queues.tick("cron.nightly", 100, b"100".to_vec()).await.unwrap());
    queues.sent("cron.nightly").unwrap().notified().await;
    assert_eq!(queues.claim("cron.nightly").await.unwrap().unwrap().payload, b"100");
    let schedules = queues.schedules("cron.nightly").unwrap();
    assert_eq!(schedules.last("cron.nightly").await.unwrap(), Some(100));
    assert!(matches!(queues.tick("cron.hourly", 1, vec![]).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn a_full_queue_refuses_until_a_job_is_taken() {
    each(async |rig| {
        let config = QueueConfig { max_waiting: Some(3), ..QueueConfig::new(rig.queue.clone()) };
        let capabilities = capabilities(&Arc::new(Still::default()), config);
        let mut execution = execution(Session::live([0; 32]), capabilities);
        let delayed = Options { delay_ms: Some(600_000), ..plain() };
        for options in [plain(), delayed, plain()] {
            send(&mut execution, "mail", options).await.unwrap();
        }
        let full = "queue 'mail' is full, with 3 jobs waiting; hint: send later, or raise concurrency or \
                    max-waiting in [queues.mail]";
        let refused = Err(Error::Unavailable(full.to_owned()));
        assert_eq!(send(&mut execution, "mail", plain()).await, refused);
        rig.queue.claim("mail", 0).await.unwrap().unwrap();
        send(&mut execution, "mail", plain()).await.unwrap();
        assert_eq!(send(&mut execution, "mail", plain()).await, refused);
    })
    .await;
}

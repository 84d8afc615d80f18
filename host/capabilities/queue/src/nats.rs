//! Queues in NATS JetStream, for one node or several; servers from 2.9.
//!
//! A queue is three streams. `<prefix>-queue-<queue>` has the jobs, one message each: those that are due
//! under `ready`, which a worker pulls and has for its lease, and those that are not under `later`, which
//! whoever pulls one hands back until it is due. `<prefix>-dead-<queue>` has the dead letters, and
//! `<prefix>-keys-<queue>` the idempotency keys. A job that moves is first published where it goes and then
//! removed where it was: a node that dies between the two leaves a job twice, never none.

mod inspect;
mod jobs;
mod keys;
mod later;
mod message;
mod place;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use flux_host::bindings::flux::host::queue::Error;
use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::wakers::{Task, Wakers};
use crate::{Answer, Attempt, Backend, ClaimedJob, LEASE_MS, NewJob, OpenError, Settlement, Tended};
use jobs::Running;
use later::Later;
use place::Place;

/// How long a server may take for one question, and for all of an operation.
const ANSWER: Duration = Duration::from_secs(5);
const OPERATION: Duration = Duration::from_secs(15);

/// How queues are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsOptions {
    /// What the streams' names and subjects begin with: letters, digits and `-`. Apps that share a server
    /// need different ones.
    pub prefix: String,
    /// How many servers of a cluster keep each job. A stream that exists already is left as it is.
    pub replicas: usize,
    /// How long a claimed job is its claimer's alone.
    pub lease: Duration,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self { prefix: "flux".to_owned(), replicas: 1, lease: Duration::from_millis(LEASE_MS) }
    }
}

/// See the [module](self).
pub struct Nats {
    client: Client,
    context: Context,
    options: NatsOptions,
    places: Mutex<HashMap<String, Arc<Place>>>,
    // What this process runs. Who else has a job's message cannot settle it.
    running: Mutex<HashMap<String, Arc<Running>>>,
    later: Later,
    wakers: Arc<Wakers>,
    _listener: Task,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Nats {
    /// Connects to a server by its URL, or to a cluster by several with commas between. Streams are made
    /// when a queue is first used.
    pub async fn open(url: &str, options: NatsOptions) -> Result<Self, OpenError> {
        let servers: Result<Vec<ServerAddr>, _> = url.split(',').map(|url| url.trim().parse()).collect();
        let servers = servers.map_err(OpenError::NatsUrl)?;
        let named = |server: &ServerAddr| format!("{}:{}", server.host(), server.port());
        let server = servers.iter().map(named).collect::<Vec<_>>().join(", ");
        let wakers = Arc::new(Wakers::default());
        let heard = Arc::clone(&wakers);
        let connect = ConnectOptions::new()
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .event_callback(move |event| noticed(event, Arc::clone(&heard)));
        let failed = |source| OpenError::Nats { server, source };
        let client = connect.connect(servers).await.map_err(failed)?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(ANSWER);
        let subject = format!("{}.wake", options.prefix);
        let listener = Task::spawn(listen(client.clone(), subject, Arc::clone(&wakers)));
        Ok(Self {
            client,
            context,
            options,
            places: Mutex::default(),
            running: Mutex::default(),
            later: Later::default(),
            wakers,
            _listener: listener,
        })
    }

    /// An operation on a queue, in bounded time: a client that lost its server would keep it back until
    /// there is one again.
    async fn bounded<T>(
        &self,
        queue: &str,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if self.client.connection_state() != State::Connected {
            return Err(Error::Unavailable("the NATS server cannot be reached".to_owned()));
        }
        let late = || Err(Error::Unavailable("the NATS server did not answer in time".to_owned()));
        let answer = tokio::time::timeout(OPERATION, operation).await.unwrap_or_else(|_| late());
        if matches!(answer, Err(Error::Unavailable(_))) {
            // Somebody may have removed the streams: they are looked for anew.
            lock(&self.places).remove(queue);
        }
        answer
    }

    /// Where a queue's jobs are.
    async fn place(&self, queue: &str) -> Result<Arc<Place>, Error> {
        let known = lock(&self.places).get(queue).cloned();
        if let Some(place) = known {
            return Ok(place);
        }
        let place = Arc::new(Place::make(&self.context, &self.options, queue).await?);
        lock(&self.places).insert(queue.to_owned(), Arc::clone(&place));
        Ok(place)
    }

    /// Wakes the workers of all nodes. A signal that is lost costs time and nothing else.
    async fn wake(&self, queue: &str) {
        let subject = format!("{}.wake", self.options.prefix);
        let _ = self.client.publish(subject, queue.to_owned().into()).await;
    }
}

async fn noticed(event: Event, wakers: Arc<Wakers>) {
    match event {
        // What was sent in the meantime was not heard of.
        Event::Connected => wakers.wake_all(),
        Event::Disconnected => tracing::warn!("the connection to NATS was lost"),
        event => tracing::debug!("NATS: {event}"),
    }
}

async fn listen(client: Client, subject: String, wakers: Arc<Wakers>) {
    match client.subscribe(subject).await {
        Ok(mut signals) => {
            while let Some(signal) = signals.next().await {
                wakers.wake(&String::from_utf8_lossy(&signal.payload));
            }
        }
        Err(error) => tracing::warn!("cannot hear of jobs that other nodes send, so they run later: {error}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("NATS: {error}"))
}

impl Backend for Nats {
    fn send(&self, job: NewJob) -> Answer<'_, String> {
        Box::pin(async move {
            let queue = job.queue.clone();
            self.bounded(&queue, self.insert(job)).await
        })
    }

    fn claim<'a>(&'a self, queue: &'a str, now_ms: u64) -> Answer<'a, Option<ClaimedJob>> {
        Box::pin(self.bounded(queue, self.take(queue, now_ms)))
    }

    fn extend<'a>(&'a self, attempt: Attempt<'a>, now_ms: u64) -> Answer<'a, bool> {
        Box::pin(self.bounded(attempt.queue, self.prolong(attempt, now_ms)))
    }

    fn settle<'a>(&'a self, attempt: Attempt<'a>, settlement: Settlement, now_ms: u64) -> Answer<'a, bool> {
        Box::pin(self.bounded(attempt.queue, self.end(attempt, settlement, now_ms)))
    }

    fn tend<'a>(&'a self, queue: &'a str, now_ms: u64) -> Answer<'a, Tended> {
        Box::pin(self.bounded(queue, self.look(queue, now_ms)))
    }

    fn check<'a>(&'a self, queue: &'a str, _now_ms: u64) -> Answer<'a, ()> {
        let write = async { keys::check(&self.context, &*self.place(queue).await?).await };
        Box::pin(self.bounded(queue, write))
    }

    fn listen(&self, queue: &str, wake: &Arc<Notify>) {
        self.wakers.add(queue, wake);
    }
}

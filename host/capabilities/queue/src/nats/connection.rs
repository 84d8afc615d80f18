//! The connection to a server, and what one process knows of its queues.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use flux_host::bindings::flux::host::queue::Error;
use futures_util::StreamExt;

use super::later::Later;
use super::lock::lock;
use super::options::NatsOptions;
use super::running::Running;
use super::streams::JobStreams;
use crate::error::OpenError;
use crate::wakers::{Task, Wakers};

/// How long a server may take for one question, and for all of an operation.
const ANSWER: Duration = Duration::from_secs(5);
const OPERATION: Duration = Duration::from_secs(15);

/// See the [module](super).
pub struct Nats {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) options: NatsOptions,
    streams: Mutex<HashMap<String, Arc<JobStreams>>>,
    // What this process runs. Who else has a job's message cannot settle it.
    pub(super) running: Mutex<HashMap<String, Arc<Running>>>,
    pub(super) later: Later,
    pub(super) wakers: Arc<Wakers>,
    _listener: Task,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("options", &self.options).finish_non_exhaustive()
    }
}

fn servers(url: &str) -> std::io::Result<Vec<ServerAddr>> {
    url.split(',').map(|url| url.trim().parse()).collect()
}

impl Nats {
    /// What is wrong with a URL, or with several.
    pub(crate) fn check_url(url: &str) -> Result<(), String> {
        servers(url).map(drop).map_err(|error| error.to_string())
    }

    /// Connects to a server by its URL, or to a cluster by several with commas between. Streams are made
    /// when a queue is first used.
    pub async fn open(url: &str, options: NatsOptions) -> Result<Self, OpenError> {
        let servers = servers(url).map_err(OpenError::NatsUrl)?;
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
            streams: Mutex::default(),
            running: Mutex::default(),
            later: Later::default(),
            wakers,
            _listener: listener,
        })
    }

    /// An operation on a queue, in bounded time: a client that lost its server would keep it back until
    /// there is one again.
    pub(super) async fn bounded<T>(
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
            lock(&self.streams).remove(queue);
        }
        answer
    }

    /// Where a queue's jobs are.
    pub(super) async fn streams(&self, queue: &str) -> Result<Arc<JobStreams>, Error> {
        let known = lock(&self.streams).get(queue).cloned();
        if let Some(streams) = known {
            return Ok(streams);
        }
        let streams = Arc::new(JobStreams::make(&self.context, &self.options, queue).await?);
        lock(&self.streams).insert(queue.to_owned(), Arc::clone(&streams));
        Ok(streams)
    }

    /// Wakes the workers of all nodes. A signal that is lost costs time and nothing else.
    pub(super) async fn wake(&self, queue: &str) {
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

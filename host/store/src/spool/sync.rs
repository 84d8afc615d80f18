//! Durability `power`: many executions share one fsync.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::run::Run;
use super::segment::Segment;
use crate::error::{StoreError, file};

type Answer = Result<(), Arc<io::Error>>;

/// Syncs segments for whoever waits. While one sync runs, those who come wait for the next.
#[derive(Debug)]
pub(super) struct Syncer {
    /// Gone only while dropping.
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Request {
    segments: Vec<Arc<Segment>>,
    done: oneshot::Sender<Answer>,
}

impl Syncer {
    /// Starts the thread that syncs.
    pub fn start(dir: &Path) -> Result<Self, StoreError> {
        let folder = File::open(dir).map_err(file("open", dir))?;
        let (sender, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new().name("flux-sync".into());
        let thread = thread.spawn(move || run(&folder, &inbox)).map_err(file("start the thread of", dir))?;
        Ok(Self { requests: Some(sender), thread: Some(thread) })
    }

    /// Returns when everything that was appended to these runs is on the disk.
    pub async fn sync(&self, runs: Vec<Run>) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let segments = runs.iter().map(|run| run.segment().clone()).collect();
        let requests = self.requests.as_ref().ok_or(StoreError::Closed)?;
        requests.send(Request { segments, done }).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?.map_err(StoreError::Sync)
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.requests.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn run(folder: &File, inbox: &Receiver<Request>) {
    while let Ok(first) = inbox.recv() {
        let requests: Vec<_> = std::iter::once(first).chain(inbox.try_iter()).collect();
        let mut segments: Vec<_> = requests.iter().flat_map(|request| &request.segments).collect();
        segments.sort_unstable_by_key(|segment| segment.number());
        segments.dedup_by_key(|segment| segment.number());
        let answer = segments.iter().try_for_each(|segment| segment.sync(folder)).map_err(Arc::new);
        // Whoever does not wait any more needs no answer.
        requests.into_iter().for_each(|request| drop(request.done.send(answer.clone())));
    }
}

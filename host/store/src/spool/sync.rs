//! Durability `power`: many executions share one fsync.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::disk::Disk;
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
    /// Whether somebody asked for a look at the disk already.
    probing: Arc<AtomicBool>,
}

#[derive(Debug)]
enum Request {
    Sync { segments: Vec<Arc<Segment>>, done: oneshot::Sender<Answer> },
    Probe,
}

impl Syncer {
    /// Starts the thread that syncs.
    pub fn start(dir: &Path, disk: &Arc<Disk>) -> Result<Self, StoreError> {
        let (sender, inbox) = mpsc::channel();
        let probing = Arc::<AtomicBool>::default();
        let thread = std::thread::Builder::new().name("flux-sync".into()).spawn({
            let (disk, probing) = (disk.clone(), probing.clone());
            move || run(&disk, &probing, &inbox)
        });
        let thread = thread.map_err(file("start the thread of", dir))?;
        Ok(Self { requests: Some(sender), thread: Some(thread), probing })
    }

    /// Returns when everything that was appended to these runs is on the disk.
    pub async fn sync(&self, runs: Vec<Run>) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let segments = runs.iter().map(|run| run.segment().clone()).collect();
        let requests = self.requests.as_ref().ok_or(StoreError::Closed)?;
        requests.send(Request::Sync { segments, done }).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?.map_err(StoreError::Sync)
    }

    /// Has the disk tried, which may take as long as the disk does.
    pub fn probe(&self) {
        if let Some(requests) = &self.requests
            && !self.probing.swap(true, Ordering::AcqRel)
        {
            requests.send(Request::Probe).ok();
        }
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

fn run(disk: &Disk, probing: &AtomicBool, inbox: &Receiver<Request>) {
    while let Ok(first) = inbox.recv() {
        let mut waiting = Vec::new();
        let mut answers = BTreeMap::<u64, Answer>::new();
        for request in std::iter::once(first).chain(inbox.try_iter()) {
            match request {
                Request::Sync { segments, done } => waiting.push((segments, done)),
                Request::Probe => {
                    disk.probe();
                    probing.store(false, Ordering::Release);
                }
            }
        }
        for segment in waiting.iter().flat_map(|(segments, _)| segments) {
            answers.entry(segment.number()).or_insert_with(|| segment.sync(disk).map_err(Arc::new));
        }
        for (segments, done) in waiting {
            // Each has the answer of its own segments: a neighbour's may be on the disk.
            let answer = segments.iter().try_for_each(|segment| answers[&segment.number()].clone());
            // Whoever does not wait any more needs no answer.
            drop(done.send(answer));
        }
    }
}

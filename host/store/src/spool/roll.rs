//! The current segment, and what follows it.
//!
//! A background thread keeps one spare segment ready, and lets go of sealed ones: creating,
//! preallocating and unmapping megabytes is nothing an execution should wait for.

use std::io;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use super::lock::Lock;
use super::maker::{Maker, is_full};
use super::segment::{Segment, Space};
use crate::error::{StoreError, file};

/// How often it is looked whether the spool's files are still there.
const LOOK: Duration = Duration::from_secs(1);

/// What the helper does.
#[derive(Debug)]
enum Job {
    /// Let go of a segment that is full.
    Sealed(Arc<Segment>),
    /// Try to make a spare segment.
    Spare,
    /// Say when everything before this is done.
    Settle(SyncSender<()>),
}

type Current = Guard<Option<Arc<Segment>>>;

/// Hands out segments.
#[derive(Debug)]
pub(super) struct Roller {
    current: Arc<ArcSwapOption<Segment>>,
    maker: Arc<Maker>,
    /// Taken by whoever puts the next segment in place. The sender is gone only while dropping.
    rolling: Mutex<Option<Sender<Job>>>,
    helper: Option<JoinHandle<()>>,
}

impl Roller {
    /// Starts with a segment in place, unless the disk has no room for one: then what an earlier process left can
    /// still be shipped, and the first append says what is needed.
    pub fn start(
        dir: &Path,
        segment_bytes: usize,
        next_number: u64,
        space: Arc<Space>,
        lock: Lock,
    ) -> Result<Self, StoreError> {
        let maker = Arc::new(Maker::new(dir, segment_bytes, next_number, space, lock));
        let first = match maker.make(segment_bytes) {
            Err(error) if is_full(&error) => {
                let why = maker.lacks(&error);
                tracing::warn!("{why}; until then, executions are refused and older recordings are shipped");
                None
            }
            made => made.map_err(file("create a segment in", dir))?,
        };
        let current = Arc::new(ArcSwapOption::new(first));
        let (sealed, inbox) = mpsc::channel();
        let helper = std::thread::Builder::new().name("flux-spool".into()).spawn({
            let (maker, current) = (maker.clone(), current.clone());
            move || help(&maker, &current, &inbox)
        });
        let helper = helper.map_err(file("start the thread of", dir))?;
        Ok(Self { current, maker, rolling: Mutex::new(Some(sealed)), helper: Some(helper) })
    }

    /// The segment that is written now; none if there was no room for one.
    pub fn current(&self) -> Current {
        self.current.load()
    }

    /// Puts another segment in the place of `full`, unless somebody did. None if there is no room.
    pub fn roll(&self, full: Option<&Arc<Segment>>) -> io::Result<Option<()>> {
        let rolling = self.rolling.lock().unwrap_or_else(PoisonError::into_inner);
        if self.current.load().as_ref().map(|now| now.number()) != full.map(|full| full.number()) {
            return Ok(Some(()));
        }
        let Some(next) = self.maker.next()? else { return Ok(None) };
        let sealed = self.current.swap(Some(next));
        if let (Some(sealed), Some(helper)) = (sealed, &*rolling) {
            helper.send(Job::Sealed(sealed)).ok();
        }
        Ok(Some(()))
    }

    /// Returns when the helper has let go of all full segments: at the bound, a segment that is only
    /// about to be deleted is no reason to refuse.
    pub fn settle(&self) {
        let (done, settled) = mpsc::sync_channel(1);
        if let Some(helper) = &*self.rolling.lock().unwrap_or_else(PoisonError::into_inner) {
            helper.send(Job::Settle(done)).ok();
        }
        // Nobody answers if there is no helper any more, and that is as good.
        settled.recv().ok();
    }

    /// Why there is no further segment; none while there is, or there is a spare one. The disk is tried anew after each
    /// question, in the background.
    pub fn lacking(&self) -> Option<String> {
        self.maker.look(self.current.load().as_deref());
        let lacking = self.maker.lacking()?;
        if let Some(helper) = &*self.rolling.lock().unwrap_or_else(PoisonError::into_inner) {
            helper.send(Job::Spare).ok();
        }
        Some(lacking)
    }

    /// Why no segment could be made, in words.
    pub fn lacks(&self, error: &io::Error) -> String {
        self.maker.lacks(error)
    }

    /// A segment of its own for one large run.
    pub fn dedicated(&self, length: usize) -> io::Result<Option<Arc<Segment>>> {
        self.maker.make(length)
    }

    /// A segment that may pass the bound, for what is moved out of others.
    pub fn beyond_bound(&self) -> io::Result<Arc<Segment>> {
        self.maker.beyond_bound()
    }

    /// How much is taken.
    pub fn space(&self) -> &Space {
        self.maker.space()
    }
}

impl Drop for Roller {
    fn drop(&mut self) {
        self.rolling.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The helper creates and deletes files: it must be done before the lock is given up.
        if let Some(helper) = self.helper.take() {
            helper.join().ok();
        }
    }
}

fn help(maker: &Maker, current: &ArcSwapOption<Segment>, inbox: &Receiver<Job>) {
    maker.prepare_spare();
    loop {
        match inbox.recv_timeout(LOOK) {
            Ok(Job::Sealed(sealed)) => drop(sealed),
            Ok(Job::Spare) => {}
            Ok(Job::Settle(done)) => done.send(()).unwrap_or_default(),
            Err(RecvTimeoutError::Timeout) => {
                maker.look(current.load().as_deref());
                // Trying takes the last of a disk for a moment, which others may need.
                if maker.lacking().is_some() {
                    continue;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        maker.prepare_spare();
    }
}

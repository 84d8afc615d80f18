//! The current segment, and what follows it.
//!
//! A background thread keeps one spare segment ready, and lets go of sealed ones: creating,
//! preallocating and unmapping megabytes is nothing an execution should wait for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arc_swap::{ArcSwapOption, Guard};

use super::segment::{Segment, Space};
use crate::error::{StoreError, file};

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
    current: ArcSwapOption<Segment>,
    maker: Arc<Maker>,
    /// Taken by whoever puts the next segment in place. The sender is gone only while dropping.
    rolling: Mutex<Option<Sender<Job>>>,
    helper: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Maker {
    dir: PathBuf,
    segment_bytes: usize,
    next_number: AtomicU64,
    space: Arc<Space>,
    spare: Mutex<Option<Arc<Segment>>>,
    /// Why the disk gave no spare segment the last time.
    lacking: Mutex<Option<String>>,
}

impl Roller {
    /// Starts with a segment in place.
    pub fn start(
        dir: &Path,
        segment_bytes: usize,
        next_number: u64,
        space: Arc<Space>,
    ) -> Result<Self, StoreError> {
        let (next_number, spare, lacking) = (AtomicU64::new(next_number), Mutex::default(), Mutex::default());
        let maker =
            Arc::new(Maker { dir: dir.to_owned(), segment_bytes, next_number, space, spare, lacking });
        // Where there is no room, the first append says so: the store may still be read, and shipped to.
        let first = maker.make(segment_bytes).map_err(file("create a segment in", dir))?;
        let (sealed, inbox) = mpsc::channel();
        let helper = std::thread::Builder::new().name("flux-spool".into()).spawn({
            let maker = maker.clone();
            move || help(&maker, &inbox)
        });
        let helper = helper.map_err(file("start the thread of", dir))?;
        let current = ArcSwapOption::new(first);
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
        let spare = self.maker.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(next) =
            spare.map_or_else(|| self.maker.make(self.maker.segment_bytes), |spare| Ok(Some(spare)))?
        else {
            return Ok(None);
        };
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

    /// Why the disk gives no further segment; none while it does, or there is a spare one. The disk is tried anew
    /// after each question, in the background.
    pub fn lacking(&self) -> Option<String> {
        let lacking = self.maker.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        if let Some(helper) = &*self.rolling.lock().unwrap_or_else(PoisonError::into_inner) {
            helper.send(Job::Spare).ok();
        }
        Some(lacking)
    }

    /// A segment of its own for one large run.
    pub fn dedicated(&self, length: usize) -> io::Result<Option<Arc<Segment>>> {
        self.maker.make(length)
    }

    /// A segment that may pass the bound, for what is moved out of others.
    pub fn beyond_bound(&self) -> io::Result<Arc<Segment>> {
        let number = self.maker.next_number.fetch_add(1, Ordering::Relaxed);
        Segment::beyond_bound(&self.maker.dir, number, self.maker.segment_bytes, &self.maker.space)
    }

    /// How much is taken.
    pub fn space(&self) -> &Space {
        &self.maker.space
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

impl Maker {
    fn make(&self, length: usize) -> io::Result<Option<Arc<Segment>>> {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        Segment::create(&self.dir, number, length, &self.space)
    }

    fn prepare_spare(&self) {
        if self.spare.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return;
        }
        let made = self.make(self.segment_bytes);
        let lacking = made.as_ref().err().map(ToString::to_string);
        *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = lacking;
        // Without room or disk there is no spare: the execution that needs it finds out why.
        let Ok(Some(spare)) = made else { return };
        // Old kernels cannot; the pages are then touched one by one, as they are written.
        spare.mapping().populate().ok();
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(spare);
    }
}

fn help(maker: &Maker, inbox: &Receiver<Job>) {
    loop {
        maker.prepare_spare();
        match inbox.recv() {
            Ok(Job::Sealed(sealed)) => drop(sealed),
            Ok(Job::Spare) => {}
            Ok(Job::Settle(done)) => done.send(()).unwrap_or_default(),
            Err(_) => return,
        }
    }
}

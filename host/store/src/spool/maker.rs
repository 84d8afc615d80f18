//! How segments are made: on a disk that may be full, in a folder that may be removed while it is used.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::home::Home;
use super::lock::Lock;
use super::segment::{Segment, Space};
use crate::error::StoreError;
use crate::private;

const MIB: u64 = 1 << 20;

/// Makes segments in a folder, and keeps one ready.
#[derive(Debug)]
pub(super) struct Maker {
    dir: PathBuf,
    segment_bytes: usize,
    next_number: AtomicU64,
    space: Arc<Space>,
    spare: Mutex<Option<Arc<Segment>>>,
    /// Given up last, with the lock.
    folder: Mutex<Folder>,
}

/// The folder of the spool, as this process has it.
#[derive(Debug)]
struct Folder {
    lock: Lock,
    /// Why it is not this process's any more, since it was removed.
    lost: Option<String>,
    /// Why the disk gave no spare segment the last time.
    lacking: Option<String>,
}

impl Folder {
    /// The folder, if it is this process's.
    fn home(&self) -> io::Result<&Arc<Home>> {
        self.lost.as_ref().map_or_else(|| Ok(self.lock.home()), |why| Err(io::Error::other(why.clone())))
    }
}

impl Maker {
    pub fn new(dir: &Path, segment_bytes: usize, next_number: u64, space: Arc<Space>, lock: Lock) -> Self {
        let (next_number, spare) = (AtomicU64::new(next_number), Mutex::default());
        let folder = Mutex::new(Folder { lock, lost: None, lacking: None });
        Self { dir: dir.to_owned(), segment_bytes, next_number, space, spare, folder }
    }

    /// How much is taken.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// A segment; none if the spool's bound has no room for it.
    pub fn make(&self, length: usize) -> io::Result<Option<Arc<Segment>>> {
        self.make_in(&held(&self.folder), length)
    }

    fn make_in(&self, folder: &Folder, length: usize) -> io::Result<Option<Arc<Segment>>> {
        Segment::create(folder.home()?, self.number(), length, &self.space)
    }

    /// A segment that may pass the bound, for what is moved out of others.
    pub fn beyond_bound(&self) -> io::Result<Arc<Segment>> {
        let folder = held(&self.folder);
        Segment::beyond_bound(folder.home()?, self.number(), self.segment_bytes, &self.space)
    }

    fn number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// The spare segment, or a new one; none if the spool's bound has no room for it.
    pub fn next(&self) -> io::Result<Option<Arc<Segment>>> {
        let spare = held(&self.spare).take();
        spare.map_or_else(|| self.make(self.segment_bytes), |spare| Ok(Some(spare)))
    }

    pub fn prepare_spare(&self) {
        if held(&self.spare).is_some() {
            return;
        }
        let mut folder = held(&self.folder);
        let made = self.make_in(&folder, self.segment_bytes);
        // Before the folder is given up: in one that is made again meanwhile, nothing is lacking.
        folder.lacking = made.as_ref().err().map(|error| self.lacks_in(&folder, error));
        // Without room or disk there is no spare: the execution that needs it finds out why.
        let Ok(Some(spare)) = made else { return };
        drop(folder);
        // Old kernels cannot; the pages are then touched one by one, as they are written.
        spare.mapping().populate().ok();
        let folder = held(&self.folder);
        // The folder may have been removed, or lost, while nobody held it.
        if folder.lost.is_none() && spare.is_there() {
            *held(&self.spare) = Some(spare);
        }
    }

    /// Why no segment can be made; none while one could.
    pub fn lacking(&self) -> Option<String> {
        let folder = held(&self.folder);
        folder.lost.clone().or_else(|| folder.lacking.clone())
    }

    /// Why no segment could be made, and what would help.
    pub fn lacks(&self, error: &io::Error) -> String {
        self.lacks_in(&held(&self.folder), error)
    }

    fn lacks_in(&self, folder: &Folder, error: &io::Error) -> String {
        if let Some(why) = &folder.lost {
            return why.clone();
        }
        let dir = self.dir.display();
        if !is_full(error) {
            return format!("no new file can be made in {dir}: {error}");
        }
        let needed = (self.segment_bytes as u64).div_ceil(MIB);
        let free = rustix::fs::statvfs(&self.dir).map_or(0, |it| it.f_bavail * it.f_frsize / 1024);
        format!(
            "the disk is full: recordings need {needed} MiB in {dir}, and {free} KiB are free; hint: free some space there"
        )
    }

    /// Looks whether the folder and the segment that is written are still there. A folder that was removed is made
    /// again; one that another process has since then is not this one's any more.
    pub fn look(&self, current: Option<&Segment>) {
        let mut folder = held(&self.folder);
        let is_there = folder.lock.is_there();
        let is_written = current.is_none_or(|segment| !segment.takes() || segment.is_there());
        if is_there && is_written {
            return;
        }
        if let Some(current) = current {
            current.leave();
        }
        // A spare one may be in the folder that was removed.
        held(&self.spare).take();
        let was_lost = folder.lost.take().is_some();
        match if is_there { Ok(()) } else { self.take_again(&mut folder) } {
            Ok(()) => {
                folder.lacking = None;
                tracing::error!(
                    hint = "never remove files of a running Flux: stop it before",
                    "the spool {} was removed while Flux used it, and is made again: recordings that waited in it are lost \
                 if this process is killed before they are shipped",
                    self.dir.display()
                );
            }
            Err(error) => {
                let why = format!("it was removed while Flux used it: {error}; hint: restart this Flux");
                if !was_lost {
                    tracing::error!("the spool {}: {why}", self.dir.display());
                }
                folder.lost = Some(why);
            }
        }
    }

    fn take_again(&self, folder: &mut Folder) -> Result<(), StoreError> {
        private::create_folder(&self.dir)?;
        folder.lock = Lock::take(&self.dir)?;
        Ok(())
    }
}

/// Whether the disk, or what this user may have of it, is used up.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

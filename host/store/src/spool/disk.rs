//! How the spool's bytes get to the disk, and what is left when the disk does not take them.
//!
//! Linux reports a failed write-back once and then calls the pages clean: the next sync of the same
//! file succeeds, though the bytes are lost. So a failed sync is never tried again. The segment is
//! poisoned: nothing that waits in it becomes durable, and nothing is written to it any more. A failed
//! sync of the folder says the same of every file whose name was not on the disk yet.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::private;

/// What a test has happen before a file or folder is synced.
type Fault = Box<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

/// The disk below one spool.
pub(super) struct Disk {
    dir: PathBuf,
    fault: Option<Fault>,
    /// What a test has happen before room is taken.
    no_room: Option<Fault>,
    failing: AtomicBool,
    poisoned: AtomicU64,
    folder_failures: AtomicU64,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Disk {
    /// The disk that has this folder.
    pub fn new(dir: &Path) -> Self {
        let (failing, poisoned, folder_failures) = Default::default();
        Self { dir: dir.to_owned(), fault: None, no_room: None, failing, poisoned, folder_failures }
    }

    /// A disk that fails when a test says so.
    #[cfg(test)]
    pub fn with_fault(dir: &Path, fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::new(dir) }
    }

    /// A disk that has no room when a test says so.
    #[cfg(test)]
    pub fn without_room(dir: &Path, no_room: Fault) -> Self {
        Self { no_room: Some(no_room), ..Self::new(dir) }
    }

    /// Takes room for a file. A disk that is full must say so here: a write into a mapping can only die of it.
    pub fn reserve(&self, file: &File, length: u64) -> io::Result<()> {
        self.no_room.as_ref().map_or(Ok(()), |no_room| no_room(file))?;
        preallocate(file, length)
    }

    /// How often the folder could not be synced.
    pub fn folder_failures(&self) -> u64 {
        self.folder_failures.load(Ordering::Acquire)
    }

    /// Whether the disk failed, and was not seen to be well again.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    /// How many segments were given up.
    pub fn poisoned(&self) -> u64 {
        self.poisoned.load(Ordering::Relaxed)
    }

    /// Brings a file's bytes to the disk. After an error, what it held is in doubt for ever.
    pub fn sync_file(&self, file: &File) -> io::Result<()> {
        // On Linux this includes what was written through a shared mapping.
        let synced = self.fault(file).and_then(|()| file.sync_data());
        self.note(synced)
    }

    /// Brings the names of the folder's files to the disk.
    pub fn sync_folder(&self) -> io::Result<()> {
        let folder = File::open(&self.dir);
        let synced = folder.and_then(|folder| self.fault(&folder).and_then(|()| folder.sync_all()));
        if synced.is_err() {
            self.folder_failures.fetch_add(1, Ordering::Release);
        }
        self.note(synced)
    }

    /// Says that a segment was given up.
    pub fn poison(&self, segment: &Path, error: &io::Error) {
        self.poisoned.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            segment = %segment.display(), %error,
            "cannot write a spool segment to the disk: executions that waited for it fail, and it is not used any more. \
             Look at the disk (dmesg); /readyz says when the disk works again"
        );
    }

    /// Tries the disk with a file that nobody needs. What it says is in [`is_failing`](Self::is_failing).
    pub fn probe(&self) {
        let path = self.dir.join("probe");
        let probed = private::open_or_create(&path).and_then(|mut file| {
            file.write_all(b"flux")?;
            // Noted below, when the file is gone again.
            self.fault(&file)?;
            file.sync_data()
        });
        fs::remove_file(&path).ok();
        if self.note(probed).is_ok() {
            tracing::info!(path = %self.dir.display(), "the spool can be written to the disk again");
        }
    }

    fn fault(&self, file: &File) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| fault(file))
    }

    fn note(&self, synced: io::Result<()>) -> io::Result<()> {
        self.failing.store(synced.is_err(), Ordering::Release);
        synced
    }
}

#[cfg(target_os = "linux")]
fn preallocate(file: &File, length: u64) -> io::Result<()> {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, length).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn preallocate(mut file: &File, length: u64) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file).map(drop)
}

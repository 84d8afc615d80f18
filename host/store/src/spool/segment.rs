//! One file of the spool.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::disk::Disk;
use super::home::Home;
use super::layout::{GRAIN, segment_header};
use super::mapping::Mapping;
use crate::error::{StoreError, file};
use crate::private;

/// How much of the disk the spool's segments take, against its bound.
#[derive(Debug)]
pub(super) struct Space {
    taken: AtomicU64,
    max: u64,
    disk: Arc<Disk>,
}

impl Space {
    /// Nothing taken yet.
    pub fn new(max: u64, disk: Arc<Disk>) -> Self {
        Self { taken: AtomicU64::new(0), max, disk }
    }

    /// The disk that they lie on.
    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// The bytes of all segments.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Whether `bytes` more would fit.
    pub fn has_room(&self, bytes: u64) -> bool {
        self.taken().saturating_add(bytes) <= self.max
    }

    /// Takes `bytes`, unless the bound would be passed.
    fn take(&self, bytes: u64) -> bool {
        let fits = |taken: u64| taken.checked_add(bytes).filter(|sum| *sum <= self.max);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A segment, open and mapped. Its file is deleted with the last reference to it, if all of its runs
/// were shipped: whoever may still write or read a run holds such a reference.
#[derive(Debug)]
pub(super) struct Segment {
    home: Arc<Home>,
    number: u64,
    length: u64,
    file: File,
    mapping: Mapping,
    unshipped: AtomicU64,
    /// Whether the folder was synced since the file was made.
    named: AtomicBool,
    /// How often the folder could not be synced when the file was made.
    folder_failures: u64,
    poisoned: AtomicBool,
    /// Its file was removed: what is in it is this process's only.
    left: AtomicBool,
    space: Arc<Space>,
}

impl Segment {
    /// Creates a segment; none if the spool has no room for it.
    pub fn create(
        home: &Arc<Home>,
        number: u64,
        length: usize,
        space: &Arc<Space>,
    ) -> io::Result<Option<Arc<Self>>> {
        let length = length.next_multiple_of(GRAIN) as u64;
        if !space.take(length) {
            return Ok(None);
        }
        Self::create_beyond(home, number, length, space).map(Some)
    }

    /// Creates a segment of `length` bytes that were taken from `space`.
    fn create_beyond(
        home: &Arc<Home>,
        number: u64,
        length: u64,
        space: &Arc<Space>,
    ) -> io::Result<Arc<Self>> {
        let name = file_name(number);
        // Before the file is made: a sync that fails meanwhile may have been to bring its name.
        let folder_failures = space.disk.folder_failures();
        let created = create(home, &name, length, space.disk()).inspect_err(|error| {
            space.give_back(length);
            // A file that could not be made whole is of no use; if it stays, it is harmless.
            if error.kind() != io::ErrorKind::AlreadyExists {
                home.remove(&name).ok();
            }
        });
        let (file, mapping) = created?;
        let (unshipped, named, poisoned, left) = Default::default();
        let (home, space) = (home.clone(), space.clone());
        Ok(Arc::new(Self {
            home,
            number,
            length,
            file,
            mapping,
            unshipped,
            named,
            folder_failures,
            poisoned,
            left,
            space,
        }))
    }

    /// Creates a segment whether the bound allows it or not: what is moved into it frees others.
    pub fn beyond_bound(
        home: &Arc<Home>,
        number: u64,
        length: usize,
        space: &Arc<Space>,
    ) -> io::Result<Arc<Self>> {
        space.taken.fetch_add(length as u64, Ordering::Relaxed);
        Self::create_beyond(home, number, length as u64, space)
    }

    /// Opens a segment that an earlier process left.
    pub fn leftover(home: &Arc<Home>, number: u64, space: &Arc<Space>) -> Result<Arc<Self>, StoreError> {
        let path = &home.path(&file_name(number));
        let opened = OpenOptions::new().read(true).write(true).open(path).map_err(file("open", path))?;
        let mapping = Mapping::leftover(&opened).map_err(file("map", path))?;
        let length = opened.metadata().map_err(file("read", path))?.len();
        // Leftovers count, but are never refused: they are there.
        space.taken.fetch_add(length, Ordering::Relaxed);
        let (unshipped, named, space) = (AtomicU64::new(0), AtomicBool::new(true), space.clone());
        Ok(Arc::new(Self {
            home: home.clone(),
            number,
            length,
            file: opened,
            mapping,
            unshipped,
            named,
            folder_failures: 0,
            poisoned: AtomicBool::new(false),
            left: AtomicBool::new(true),
            space,
        }))
    }

    /// Its number: segments are numbered in the order of their making.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn path(&self) -> PathBuf {
        self.home.path(&file_name(self.number))
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Brings what was written, and the file's name, to the disk. The first error is the last attempt:
    /// see `disk.rs`.
    pub fn sync(&self, disk: &Disk) -> io::Result<()> {
        if self.is_poisoned() {
            return Err(io::Error::other("an earlier write to the same segment failed"));
        }
        let synced = self.sync_name(disk).and_then(|()| disk.sync_file(&self.file));
        synced.inspect_err(|error| {
            if !self.poisoned.swap(true, Ordering::AcqRel) {
                disk.poison(&self.path(), error);
            }
        })
    }

    fn sync_name(&self, disk: &Disk) -> io::Result<()> {
        if !self.named.load(Ordering::Acquire) {
            disk.sync_folder()?;
            self.named.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Whether what is written here can never be known to be on the disk.
    pub fn is_poisoned(&self) -> bool {
        let nameless =
            !self.named.load(Ordering::Acquire) && self.folder_failures != self.space.disk.folder_failures();
        nameless || self.poisoned.load(Ordering::Acquire)
    }

    /// Whether its file is under its name.
    pub fn is_there(&self) -> bool {
        private::is_at(&self.file, &self.path())
    }

    /// No execution begins in it any more: its file was removed.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Release);
    }

    /// Whether executions may begin in it.
    pub fn takes(&self) -> bool {
        !self.left.load(Ordering::Acquire) && !self.is_poisoned()
    }

    /// One run more that the record store must have before this file may go.
    pub fn expect(&self) {
        self.unshipped.fetch_add(1, Ordering::Relaxed);
    }

    /// One run less.
    pub fn release(&self) {
        self.unshipped.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if *self.unshipped.get_mut() == 0
            && let Err(error) = self.home.remove(&file_name(self.number))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path().display(), %error, "cannot remove a shipped spool segment");
        }
        self.space.give_back(self.length);
    }
}

fn create(home: &Home, name: &str, length: u64, disk: &Disk) -> io::Result<(File, Mapping)> {
    let file = home.create(name)?;
    disk.reserve(&file, length)?;
    file.write_all_at(&segment_header(), 0)?;
    let mapping = Mapping::new(&file)?;
    Ok((file, mapping))
}

/// The name of a segment's file.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:016x}.seg")
}

/// The segments in a folder, oldest first.
pub(super) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(dir).map_err(file("list", dir))? {
        let path = entry.map_err(file("list", dir))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| u64::from_str_radix(name.strip_suffix(".seg")?, 16).ok());
        // Any other spelling of a number is a file that is not Flux's.
        if let Some(number) = number.filter(|number| name == Some(&*file_name(*number))) {
            segments.push((number, path));
        }
    }
    segments.sort_unstable();
    Ok(segments)
}

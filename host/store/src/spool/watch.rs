//! Executions of a spool that another process writes to, as they end.
//!
//! Each look reads what was added since the last one, and the state of what has not ended. A run that was
//! reserved and not begun leaves zeros: the next look begins there again, and passes over what it knows.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::layout::{
    FINISHED, Found, GRAIN, HEADER, MOVED, RunHeader, SHIPPED, VERSION, found_at, segment_version,
};
use super::peek::Peeked;
use super::recover::in_order;
use super::segment::list;
use crate::error::{StoreError, file};

/// How many bytes of zeros a look passes over; more are the rest of the segment.
const GAP: usize = 64 << 10;
/// How much is read at once.
const BLOCK: usize = 16 << 10;

/// A spool that is looked at again and again.
#[derive(Debug)]
pub struct SpoolWatch {
    dir: PathBuf,
    segments: BTreeMap<u64, Seen>,
    /// The runs of executions that have not ended.
    open: BTreeMap<Uuid, Vec<(PathBuf, Found)>>,
}

/// What was read of one segment.
#[derive(Debug, Default)]
struct Seen {
    /// Everything before this is known.
    scanned: usize,
    /// Runs behind it, and where they end.
    known: BTreeMap<usize, usize>,
}

impl SpoolWatch {
    /// The spool of a folder, which need not be there yet.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), segments: BTreeMap::new(), open: BTreeMap::new() }
    }

    /// The executions that ended since the last look, or before the first, and were not shipped when they
    /// were seen. One that is moved within the spool may be seen twice.
    pub fn look(&mut self) -> Result<Vec<Peeked>, StoreError> {
        let listed = if self.dir.exists() { list(&self.dir)? } else { Vec::new() };
        self.segments.retain(|number, _| listed.iter().any(|(there, _)| there == number));
        for (number, path) in &listed {
            unless_gone(path, self.scan(*number, path))?.unwrap_or(Ok(()))?;
        }
        let ids: Vec<_> = self.open.keys().copied().collect();
        let mut ended = Vec::new();
        for id in ids {
            ended.extend(self.ended(id)?);
        }
        Ok(ended)
    }

    /// An execution of which nothing more is to be said.
    pub fn forget(&mut self, id: &Uuid) {
        self.open.remove(id);
    }

    fn scan(&mut self, number: u64, path: &Path) -> io::Result<Result<(), StoreError>> {
        let mut window = Window::open(path, BLOCK)?;
        if let Some(found) = window.version()?.filter(|found| *found > VERSION) {
            return Ok(Err(StoreError::NewerSpool { path: path.to_owned(), found, supported: VERSION }));
        }
        let seen = self.segments.entry(number).or_default();
        let mut at = seen.scanned.max(GRAIN);
        let (mut zeros, mut first_gap) = (0, None);
        while zeros < GAP {
            if let Some(end) = seen.known.get(&at) {
                (at, zeros) = (*end, 0);
                continue;
            }
            let Some(head) = window.head(at)? else { break };
            let Some(header) = RunHeader::read(&head, number, at) else {
                first_gap.get_or_insert(at);
                at += GRAIN;
                zeros += GRAIN;
                continue;
            };
            let run = found_at(&head, at, header, window.length - at);
            if run.state != SHIPPED {
                self.open.entry(header.id).or_default().push((path.to_owned(), run));
            }
            let end = at + header.length as usize;
            seen.known.insert(at, end);
            (at, zeros) = (end, 0);
        }
        seen.scanned = first_gap.unwrap_or(at);
        let scanned = seen.scanned;
        seen.known.retain(|start, _| *start >= scanned);
        Ok(Ok(()))
    }

    /// The execution, if it has ended. One that was shipped is forgotten: the record store has it.
    fn ended(&mut self, id: Uuid) -> Result<Option<Peeked>, StoreError> {
        let Some(runs) = self.open.get_mut(&id) else { return Ok(None) };
        let (mut finished, mut gone) = (false, false);
        // The first run says how far the execution is; if it was moved, there are two of them.
        for (path, run) in runs.iter_mut().filter(|(_, run)| matches!(run.header.index, 0 | MOVED)) {
            let there = unless_gone(path, refresh(path, run))?.is_some();
            finished |= there && run.state == FINISHED;
            gone |= !there || run.state == SHIPPED;
        }
        if !finished && !gone {
            return Ok(None);
        }
        let mut runs = self.open.remove(&id).unwrap_or_default();
        if !finished {
            return Ok(None);
        }
        for (path, run) in &mut runs {
            unless_gone(path, refresh(path, run))?;
        }
        let (runs, _) = in_order(runs);
        Ok((!runs.is_empty()).then_some(Peeked { id, finished: true, is_written: false, runs }))
    }
}

/// A segment that vanished was shipped: then there is nothing to say.
fn unless_gone<T>(path: &Path, done: io::Result<T>) -> Result<Option<T>, StoreError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file("read", path)(error)),
    }
}

/// Reads how far a run is now.
fn refresh(path: &Path, run: &mut Found) -> io::Result<()> {
    let mut window = Window::open(path, HEADER)?;
    let head = window.head(run.at)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    *run = found_at(&head, run.at, run.header, window.length - run.at);
    Ok(())
}

/// A file, read a block at a time.
struct Window {
    file: File,
    length: usize,
    start: usize,
    bytes: Vec<u8>,
    block: usize,
}

impl Window {
    fn open(path: &Path, block: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        Ok(Self { file, length, start: 0, bytes: Vec::new(), block })
    }

    fn version(&mut self) -> io::Result<Option<u32>> {
        Ok(self.head(0)?.as_ref().and_then(|head| segment_version(head)))
    }

    /// The first bytes of a run at `at`; none where the file ends.
    fn head(&mut self, at: usize) -> io::Result<Option<[u8; HEADER]>> {
        if at.checked_add(HEADER).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        if at < self.start || at + HEADER > self.start + self.bytes.len() {
            self.bytes.resize(self.block.min(self.length - at), 0);
            self.file.read_exact_at(&mut self.bytes, at as u64)?;
            self.start = at;
        }
        let head = &self.bytes[at - self.start..][..HEADER];
        Ok(head.try_into().ok())
    }
}

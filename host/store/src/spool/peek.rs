//! A look at a spool that another process writes to.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::layout::{FINISHED, Found, HEADER, scan};
use super::lock::is_held;
use super::recover::{Groups, group, in_order, read_segment};
use super::segment::list;
use crate::error::{StoreError, file};
use crate::summary::{Shipment, Summary};

/// An execution that was not shipped when it was seen: it runs, or it waits.
#[derive(Debug, Clone)]
pub struct Peeked {
    /// The execution.
    pub id: Uuid,
    /// Whether the host said that it ended.
    pub finished: bool,
    /// Whether a process may still write to it.
    pub(super) is_written: bool,
    pub(super) runs: Vec<(PathBuf, Found)>,
}

impl Peeked {
    /// Its journal so far, as whole frames are; none if it was shipped meanwhile.
    pub fn journal(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let mut journal = Vec::new();
        for (path, run) in &self.runs {
            let start = journal.len();
            journal.resize(start + run.used, 0);
            let read = File::open(path)
                .and_then(|file| file.read_exact_at(&mut journal[start..], (run.at + HEADER) as u64));
            match read {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(file("read", path)(error)),
            }
        }
        let whole = flux_recorder::format::whole_frames(&journal).map(<[u8]>::len);
        let length = whole.map_err(|source| StoreError::Journal { id: self.id, source })?;
        journal.truncate(length);
        Ok(Some(journal))
    }
}

impl Peeked {
    /// What lists show of it so far; none if it was shipped meanwhile: then the record store has it.
    pub fn summary(&self) -> Result<Option<Summary>, StoreError> {
        let Some(journal) = self.journal()? else { return Ok(None) };
        // A segment that was shipped may be overwritten while it is read.
        let Ok(Shipment { mut summary, .. }) = Shipment::read(self.id, journal) else { return Ok(None) };
        // Of a process that died, the next start takes it over.
        if !self.finished && self.is_written && summary.outcome == "interrupted" {
            summary.outcome = "running".to_owned();
            summary.failed = false;
        }
        Ok(Some(summary))
    }
}

/// All executions in the spool of a folder that were not shipped, oldest first. Reads only, and keeps
/// nobody from writing, so what it finds is already the past.
pub fn peek(dir: &Path) -> Result<Vec<Peeked>, StoreError> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    // Before it is read: what a process wrote that ends meanwhile is whole.
    let is_written = is_held(dir);
    let mut groups: Groups<PathBuf> = Groups::new();
    for (number, path) in list(dir)? {
        if let Some(bytes) = read_segment(&path)? {
            group(&mut groups, &path, &scan(number, &bytes).0);
        }
    }
    let peeked = groups.into_iter().filter_map(|(id, runs)| {
        let (runs, _) = in_order(runs);
        let (_, first) = runs.first().filter(|(_, run)| run.used > 0)?;
        Some(Peeked { id, finished: first.state == FINISHED, is_written, runs })
    });
    Ok(peeked.collect())
}

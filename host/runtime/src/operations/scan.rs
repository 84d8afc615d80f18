//! The look through recordings and files for what should have been redacted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flux_api::{Finding, Scan, Unchecked};
use flux_redaction::{Needles, Scanner, What};

use super::{OperationError, Operations, recordings};
use crate::walk::Query;

/// How many findings are kept; more are counted.
const MOST: usize = 10_000;
/// How much of a file is read at once.
const CHUNK: usize = 1 << 20;

impl Operations {
    /// Looks through the recordings that are named, then through those of a query, then through every file of the data
    /// folder if `files` says so. `patterns` adds what looks like credentials or personal data. `progress` is told after
    /// each recording.
    pub async fn scan(
        &self,
        named: &[String],
        query: Option<&Query>,
        patterns: bool,
        files: bool,
        mut progress: impl FnMut(),
    ) -> Result<Scan, OperationError> {
        let scanner = self.project.scanner(patterns)?;
        let mut found = Found { scan: Scan::default(), scanner: &scanner };
        for name in named {
            match recordings::named(name)? {
                Some(files) => {
                    for file in files {
                        found.journal(&file.display().to_string(), &recordings::read(&file)?);
                        progress();
                    }
                }
                None => {
                    let (id, journal) = self.journal(name).await?;
                    found.journal(&id.to_string(), &journal);
                    progress();
                }
            }
        }
        if let Some(query) = query {
            self.scan_archive(query, &mut found, &mut progress).await?;
        }
        if files {
            found.folder(&self.project.data())?;
        }
        let unchecked = scanner.needles().unchecked().iter();
        let unchecked =
            unchecked.map(|(name, why)| Unchecked { secret: name.clone(), why: why.clone() }).collect();
        Ok(Scan { unchecked, ..found.scan })
    }

    /// One after another: however many executions there are, few are in memory.
    async fn scan_archive(
        &self,
        query: &Query,
        found: &mut Found<'_>,
        progress: &mut impl FnMut(),
    ) -> Result<(), OperationError> {
        let archive = self.archive().await?;
        let mut walk = archive.newest(query)?;
        let mut left = query.selection.last.unwrap_or(u32::MAX);
        while left > 0
            && let Some(next) = walk.step().await?
        {
            if !query.concerns(&next.summary) {
                continue;
            }
            left -= 1;
            if let Some(journal) = archive.journal_of(&next).await? {
                found.journal(&next.summary.id.to_string(), &journal);
            }
            progress();
        }
        Ok(())
    }
}

/// What was found so far.
struct Found<'a> {
    scan: Scan,
    scanner: &'a Scanner,
}

impl Found<'_> {
    fn add(&mut self, finding: Finding) {
        self.scan.found += 1;
        if self.scan.findings.len() < MOST {
            self.scan.findings.push(finding);
        }
    }

    fn journal(&mut self, id: &str, journal: &[u8]) {
        self.scan.executions += 1;
        match self.scanner.journal(journal) {
            Ok(found) => {
                for flux_redaction::Finding { event, path, what, length } in found {
                    let (execution, event, path) = (Some(id.to_owned()), Some(event), Some(path));
                    self.add(Finding { execution, event, path, ..finding(what, length) });
                }
            }
            Err(error) => self.scan.unreadable.push(format!("{id}: {error}")),
        }
    }

    fn folder(&mut self, folder: &Path) -> Result<(), OperationError> {
        let entries = match std::fs::read_dir(folder) {
            // Logs and segments come and go.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|source| cannot_read(folder, source))?,
        };
        for entry in entries {
            let entry = entry.map_err(|source| cannot_read(folder, source))?;
            let kind = entry.file_type().map_err(|source| cannot_read(&entry.path(), source))?;
            if kind.is_dir() {
                self.folder(&entry.path())?;
            } else if kind.is_file() {
                self.file(&entry.path())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), OperationError> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            file => file.map_err(|source| cannot_read(path, source))?,
        };
        self.scan.files += 1;
        let needles: &Needles = self.scanner.needles();
        // What may begin in one chunk and end in the next is kept for the next.
        let overlap = needles.longest().saturating_sub(1);
        let (mut chunk, mut start) = (Vec::new(), 0_u64);
        loop {
            let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
            let read = read.map_err(|source| cannot_read(path, source))?;
            let keep = if read == 0 { 0 } else { overlap.min(chunk.len()) };
            let searched = chunk.len() - keep;
            for (offset, what, length) in needles.find(&chunk) {
                if offset < searched {
                    let (file, offset) = (path.display().to_string(), start + offset as u64);
                    self.add(Finding { file: Some(file), offset: Some(offset), ..finding(what, length) });
                }
            }
            if read == 0 {
                return Ok(());
            }
            chunk.drain(..searched);
            start += searched as u64;
        }
    }
}

/// What was found, and nowhere yet.
fn finding(what: What, length: usize) -> Finding {
    let (kind, name, form) = match what {
        What::Secret { name, form } => ("secret", Some(name), Some(form.to_owned())),
        What::Policy => ("policy", None, None),
        What::Pattern(pattern) => ("pattern", Some(pattern.to_owned()), None),
    };
    Finding {
        execution: None,
        event: None,
        path: None,
        file: None,
        offset: None,
        kind: kind.to_owned(),
        name,
        form,
        length: length as u64,
    }
}

fn cannot_read(path: &Path, source: std::io::Error) -> OperationError {
    OperationError::File { step: "read", path: path.display().to_string(), source }
}

//! The recordings that a command is about, one at a time however many there are.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flux_runtime::{Archive, Walk};
use uuid::Uuid;

use crate::commands::trace;
use crate::errors::CliError;
use crate::select::Select;

/// What people name: an execution, or a file.
enum Named {
    Id(Uuid),
    File(PathBuf),
}

/// See the [module](self).
pub struct Recordings<'a> {
    archive: &'a Archive,
    named: VecDeque<Named>,
    walk: Option<Walk<'a>>,
}

/// A recording's bytes, or why there are none, and what to call it.
pub struct Bytes {
    pub name: String,
    pub journal: anyhow::Result<Vec<u8>>,
}

impl<'a> Recordings<'a> {
    /// Those that are named, then those of the selection.
    pub async fn find(archive: &'a Archive, what: &[String], select: &Select) -> anyhow::Result<Self> {
        if what.is_empty() && !select.is_some() {
            let hint = "name executions, or select: flux replay --last 20";
            return Err(CliError::new("nothing is selected", hint).into());
        }
        let mut named = VecDeque::new();
        for what in what {
            match Path::new(what) {
                path if path.is_dir() => named.extend(folder(path)?.into_iter().map(Named::File)),
                path if path.is_file() => named.push_back(Named::File(path.to_owned())),
                _ => named.push_back(Named::Id(trace::find(archive, what).await?)),
            }
        }
        let walk = match select.is_some() {
            true => Some(archive.walk(&select.selection()).await?),
            false => None,
        };
        Ok(Self { archive, named, walk })
    }

    /// The next one.
    pub async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        match self.named.pop_front() {
            Some(Named::File(path)) => {
                let journal = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
                Ok(Some(Bytes { name: path.display().to_string(), journal }))
            }
            Some(Named::Id(id)) => {
                let journal = match self.archive.journal(id).await {
                    Ok(journal) => journal.ok_or_else(|| gone(id)),
                    Err(error) => Err(error.into()),
                };
                Ok(Some(Bytes { name: id.to_string(), journal }))
            }
            None => self.next_selected().await,
        }
    }

    /// How many of the selection were left out because their process ended while they ran.
    pub fn interrupted(&self) -> usize {
        self.walk.as_ref().map_or(0, |walk| walk.interrupted)
    }

    async fn next_selected(&mut self) -> anyhow::Result<Option<Bytes>> {
        let Some(walk) = &mut self.walk else {
            return Ok(None);
        };
        while let Some(found) = walk.next().await? {
            let name = found.summary.id.to_string();
            match self.archive.journal_of(&found).await {
                // Retention has deleted it meanwhile.
                Ok(None) => {}
                Ok(Some(journal)) => return Ok(Some(Bytes { name, journal: Ok(journal) })),
                Err(error) => return Ok(Some(Bytes { name, journal: Err(error.into()) })),
            }
        }
        Ok(None)
    }
}

fn gone(id: Uuid) -> anyhow::Error {
    CliError::new(format!("execution {id} is gone"), "retention may have deleted it: see [record.retention]")
        .into()
}

fn folder(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "fluj"));
    files.sort();
    Ok(files)
}

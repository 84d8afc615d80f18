//! Reading what executions left, while `flux run` writes or after it: the record store, and the
//! spool for what was not shipped yet.

use std::path::PathBuf;

use flux_store::{GuestVersion, Peeked, Records, Selection, StoreError, Summary};
use uuid::Uuid;

use crate::error::RuntimeError;
use crate::project::Project;
use crate::record_store;

/// The records of a project, read only.
#[derive(Debug)]
pub struct Archive {
    records: Option<Records>,
    spool: PathBuf,
}

impl Archive {
    /// Opens the records of a project; one that never ran has none.
    pub async fn open(project: &Project) -> Result<Self, RuntimeError> {
        let records = record_store::reading(project)?;
        if let Some(records) = &records {
            records.prepare().await?;
        }
        Ok(Self { records, spool: project.data().join(flux_store::SPOOL) })
    }

    /// Executions, newest first, with those that still run or wait in the spool.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<Summary>, StoreError> {
        let waiting = self.waiting(selection)?.into_iter().map(|(summary, _)| summary);
        let mut found: Vec<_> = waiting.collect();
        if let Some(records) = &self.records {
            found.extend(records.list(selection).await?);
        }
        found.sort_by_key(|summary| std::cmp::Reverse(summary.id));
        found.dedup_by_key(|summary| summary.id);
        found.truncate(selection.last.map_or(usize::MAX, |last| last as usize));
        Ok(found)
    }

    /// The execution whose id begins or ends with `text`.
    pub async fn find(&self, text: &str) -> Result<Option<Uuid>, StoreError> {
        if let Some(id) = self.find_stored(text).await? {
            return Ok(Some(id));
        }
        let digits = text.replace('-', "").to_lowercase();
        let fits = |id: &Uuid| {
            let id = id.simple().to_string();
            digits.len() >= 6 && (id.starts_with(&digits) || id.ends_with(&digits))
        };
        match flux_store::peek(&self.spool)?.iter().map(|peeked| peeked.id).find(fits) {
            Some(id) => Ok(Some(id)),
            // What is shipped between the two looks is in neither.
            None => self.find_stored(text).await,
        }
    }

    async fn find_stored(&self, text: &str) -> Result<Option<Uuid>, StoreError> {
        match &self.records {
            Some(records) => records.find(text).await,
            None => Ok(None),
        }
    }

    /// An execution's journal.
    pub async fn journal(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(journal) = self.stored(id).await? {
            return Ok(Some(journal));
        }
        let waiting = flux_store::peek(&self.spool)?.into_iter().find(|peeked| peeked.id == id);
        match waiting.map_or(Ok(None), |peeked: Peeked| peeked.journal())? {
            Some(journal) => Ok(Some(journal)),
            // As above.
            None => self.stored(id).await,
        }
    }

    pub(crate) async fn stored(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        match &self.records {
            Some(records) => Ok(records.get(id).await?.map(|(_, journal)| journal)),
            None => Ok(None),
        }
    }

    /// A page of what is stored.
    pub(crate) async fn page(&self, selection: &Selection) -> Result<Vec<Summary>, StoreError> {
        match &self.records {
            Some(records) => records.list(selection).await,
            None => Ok(Vec::new()),
        }
    }

    /// Guests by name, newest first.
    pub async fn guests(&self) -> Result<Vec<GuestVersion>, StoreError> {
        match &self.records {
            Some(records) => records.guests(None).await,
            None => Ok(Vec::new()),
        }
    }

    /// The newest of a selection, in the spool, with where their journals are. Journals of others are not read.
    pub(crate) fn waiting(&self, selection: &Selection) -> Result<Vec<(Summary, Peeked)>, StoreError> {
        let mut found = Vec::new();
        let last = selection.last.map_or(usize::MAX, |last| last as usize);
        for peeked in flux_store::peek(&self.spool)?.into_iter().rev() {
            if found.len() >= last {
                break;
            }
            if selection.before.is_none_or(|before| peeked.id < before)
                && let Some(summary) = peeked.summary()?.filter(|summary| matches(selection, summary))
            {
                found.push((summary, peeked));
            }
        }
        Ok(found)
    }
}

/// The same conditions as the store's query.
pub(crate) fn matches(selection: &Selection, summary: &Summary) -> bool {
    let status = selection
        .status
        .is_none_or(|range| summary.status.is_some_and(|status| (range.from..=range.to).contains(&status)));
    status
        && selection.since_ns.is_none_or(|since| summary.started_ns >= since)
        && selection.kind.as_ref().is_none_or(|kind| *kind == summary.kind)
        && selection.name.as_ref().is_none_or(|name| *name == summary.name)
        && (!selection.failed || summary.failed)
        && selection.guest.is_none_or(|guest| guest == summary.guest)
        && selection.before.is_none_or(|before| summary.id < before)
        && selection.after.is_none_or(|after| summary.id > after)
}

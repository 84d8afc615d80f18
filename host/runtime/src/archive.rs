//! Reading what executions left, while `flux run` writes or after it: the record store, and the
//! spool for what was not shipped yet.

use std::path::PathBuf;

use flux_recorder::Digest;
use flux_store::{
    GuestVersion, Guests as GuestFiles, Peeked, Records, SHORTEST_ID, Selection, StoreError, Summary,
};
use uuid::Uuid;

use crate::error::RuntimeError;
use crate::project::Project;
use crate::record_store;

/// The records of a project, read only.
#[derive(Debug)]
pub struct Archive {
    records: Option<Records>,
    spool: PathBuf,
    guests: GuestFiles,
}

impl Archive {
    /// Opens the records of a project; one that never ran has none.
    pub async fn open(project: &Project) -> Result<Self, RuntimeError> {
        let records = record_store::reading(project)?;
        if let Some(records) = &records {
            records.prepare().await?;
        }
        let data = project.data();
        let guests = GuestFiles::at(&data.join(flux_store::GUESTS));
        Ok(Self { records, spool: data.join(flux_store::SPOOL), guests })
    }

    /// The executions whose id begins or ends with `text`, newest first, `limit` at the most.
    pub async fn find(&self, text: &str, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        let digits = text.replace('-', "").to_lowercase();
        let fits = |id: &Uuid| {
            let id = id.simple().to_string();
            digits.len() >= SHORTEST_ID && (id.starts_with(&digits) || id.ends_with(&digits))
        };
        // The spool first: what is shipped between the two looks is in both then, and not in neither.
        let mut found: Vec<_> = self.peek()?.into_iter().map(|peeked| peeked.id).filter(fits).collect();
        if let Some(records) = &self.records {
            found.extend(records.find(text, limit).await?);
        }
        found.sort_by_key(|id| std::cmp::Reverse(*id));
        found.dedup();
        found.truncate(limit as usize);
        Ok(found)
    }

    /// An execution's journal.
    pub async fn journal(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(journal) = self.stored(id).await? {
            return Ok(Some(journal));
        }
        let waiting = self.peek()?.into_iter().find(|peeked| peeked.id == id);
        match waiting.map_or(Ok(None), |peeked: Peeked| peeked.journal())? {
            Some(journal) => Ok(Some(journal)),
            // What is shipped between the two looks is in neither.
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

    /// What the record store has of one execution without its journal.
    pub(crate) async fn summary(&self, id: Uuid) -> Result<Option<Summary>, StoreError> {
        let (before, after) = (id.as_u128().saturating_add(1), id.as_u128().saturating_sub(1));
        let (before, after) = (Some(Uuid::from_u128(before)), Some(Uuid::from_u128(after)));
        Ok(self.page(&Selection { before, after, ..Selection::default() }).await?.pop())
    }

    /// What is in the spool, oldest first.
    pub(crate) fn peek(&self) -> Result<Vec<Peeked>, StoreError> {
        flux_store::peek(&self.spool)
    }

    /// Guests by name, newest first.
    pub async fn guests(&self) -> Result<Vec<GuestVersion>, StoreError> {
        match &self.records {
            Some(records) => records.guests(None).await,
            None => Ok(Vec::new()),
        }
    }

    /// Where the bytes of a guest are, if they are in the data folder.
    pub fn component_path(&self, digest: &Digest) -> PathBuf {
        self.guests.path(digest)
    }

    /// A guest's bytes, from the data folder, or from the record store where another node put them.
    pub async fn component(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(bytes) = self.guests.get(&digest)? {
            return Ok(Some(bytes));
        }
        match &self.records {
            Some(records) => records.guest(digest).await,
            None => Ok(None),
        }
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

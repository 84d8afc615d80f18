//! Reading journals back: one, or many of which few are in memory at once.

use std::collections::{HashMap, VecDeque};

use flux_sql::Row;
use uuid::Uuid;

use super::select::COLUMNS;
use super::{Records, Selection};
use crate::error::StoreError;
use crate::summary::Summary;

/// How many journals are read at once, at most.
const AHEAD: usize = 16;
/// How many bytes of them, unless one alone has more.
const AHEAD_BYTES: u64 = 16 << 20;
/// How many executions are looked up at once.
const PAGE: usize = 256;

impl Records {
    /// An execution and its journal.
    pub async fn get(&self, id: Uuid) -> Result<Option<(Summary, Vec<u8>)>, StoreError> {
        Ok(self.with_journals(&[id]).await?.pop())
    }

    /// The journals of these executions, in this order.
    pub fn journals(&self, ids: Vec<Uuid>) -> Journals {
        Journals::new(self, Source::Ids(ids.into_iter()))
    }

    /// The journals of a selection, newest first, however many they are.
    pub fn select_journals(&self, selection: Selection) -> Journals {
        Journals::new(self, Source::Selection(Some(selection)))
    }

    async fn with_journals(&self, ids: &[Uuid]) -> Result<Vec<(Summary, Vec<u8>)>, StoreError> {
        let database = self.database();
        let query = database.sql(format!("SELECT {COLUMNS}, codec, journal FROM executions WHERE id IN "));
        let query = query.bind_list(ids.iter().copied()).done();
        let rows = database.fetch(query).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| self.record(row)).collect()
    }

    /// The lengths of these executions' journals.
    async fn lengths(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>, StoreError> {
        let database = self.database();
        let query = database.sql("SELECT id, journal_len FROM executions WHERE id IN ");
        let query = query.bind_list(ids.iter().copied()).done();
        let rows = database.fetch(query).await.map_err(self.failed("read"))?;
        let length = |row| Ok((self.column(row, 0)?, self.column::<i64>(row, 1)?.cast_unsigned()));
        rows.iter().map(length).collect()
    }

    fn record(&self, row: &Row) -> Result<(Summary, Vec<u8>), StoreError> {
        let summary = self.summary(row)?;
        let (codec, journal): (i32, Vec<u8>) = (self.column(row, 13)?, self.column(row, 14)?);
        let damaged = |what| StoreError::Damaged { id: summary.id, what };
        let journal = match codec {
            0 => journal,
            1 => zstd::bulk::decompress(&journal, summary.journal_len as usize)
                .map_err(|_| damaged("its journal cannot be decompressed"))?,
            _ => return Err(damaged("its journal has an unknown encoding")),
        };
        if journal.len() as u64 != summary.journal_len {
            return Err(damaged("its journal has another length"));
        }
        Ok((summary, journal))
    }
}

#[derive(Debug)]
enum Source {
    Ids(std::vec::IntoIter<Uuid>),
    /// None when its last page was read.
    Selection(Option<Selection>),
}

/// Journals, read a few at a time. Each is a file of the recorder's format as it stands.
#[derive(Debug)]
pub struct Journals {
    records: Records,
    source: Source,
    /// Executions and the lengths of their journals.
    found: VecDeque<(Uuid, u64)>,
    ready: VecDeque<(Uuid, Vec<u8>)>,
}

impl Journals {
    fn new(records: &Records, source: Source) -> Self {
        Self { records: records.clone(), source, found: VecDeque::new(), ready: VecDeque::new() }
    }

    /// The next journal. Executions that are not in the store, or not any more, are passed over.
    pub async fn next(&mut self) -> Result<Option<(Uuid, Vec<u8>)>, StoreError> {
        loop {
            if let Some(journal) = self.ready.pop_front() {
                return Ok(Some(journal));
            }
            if self.found.is_empty() && !self.look_up().await? {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// Looks up the next executions. Whether there are more to try.
    async fn look_up(&mut self) -> Result<bool, StoreError> {
        match &mut self.source {
            Source::Ids(ids) => {
                let ids: Vec<_> = ids.take(PAGE).collect();
                let lengths = self.records.lengths(&ids).await?;
                self.found.extend(ids.iter().filter_map(|id| lengths.get(id).map(|length| (*id, *length))));
                Ok(!ids.is_empty())
            }
            Source::Selection(selection) => {
                let Some(rest) = selection else { return Ok(false) };
                let size = rest.last.unwrap_or(u32::MAX).min(PAGE as u32);
                let page = Selection { last: Some(size), ..rest.clone() };
                let page = self.records.list(&page).await?;
                rest.last = rest.last.map(|last| last - size);
                rest.before = page.last().map(|oldest| oldest.id);
                if page.len() < size as usize || rest.last == Some(0) {
                    *selection = None;
                }
                self.found.extend(page.iter().map(|summary| (summary.id, summary.journal_len)));
                Ok(!page.is_empty())
            }
        }
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let (mut ids, mut bytes) = (Vec::new(), 0);
        while let Some((id, length)) = self.found.front()
            && (ids.is_empty() || ids.len() < AHEAD && bytes + length <= AHEAD_BYTES)
        {
            ids.push(*id);
            bytes += length;
            self.found.pop_front();
        }
        let read = self.records.with_journals(&ids).await?;
        let mut read: HashMap<_, _> =
            read.into_iter().map(|(summary, journal)| (summary.id, journal)).collect();
        self.ready = ids.iter().filter_map(|id| read.remove_entry(id)).collect();
        Ok(())
    }
}

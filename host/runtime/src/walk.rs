//! A walk over executions, however many there are: a page of them is in memory at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use flux_store::{Peeked, Selection, StoreError, Summary};
use uuid::Uuid;

use crate::archive::{Archive, matches};
use crate::target::Target;

/// How many executions are looked up at once.
const PAGE: u32 = 256;

/// Which executions a question is about.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What the record store can select by.
    pub selection: Selection,
    /// Only executions of this guest.
    pub target: Option<Arc<Target>>,
}

impl Query {
    /// Whether an execution is of the guest that is asked for.
    pub fn concerns(&self, summary: &Summary) -> bool {
        let Summary { kind, name, guest, .. } = summary;
        self.target.as_ref().is_none_or(|target| target.concerns(kind, name, *guest))
    }
}

/// Executions that a walk passed over, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Their process ended while they ran, so that they have no end to compare.
    pub interrupted: usize,
    /// They still run.
    pub running: usize,
    /// They are of another guest than the one that is asked for.
    pub others: usize,
}

/// Executions one by one: those in the record store, and those that wait in the spool, in one order.
#[derive(Debug)]
pub struct Walk<'a> {
    archive: &'a Archive,
    query: Query,
    page: VecDeque<Summary>,
    // The last of the page that was read last.
    read_to: Option<Uuid>,
    is_read: bool,
    // The spool is bounded, and was looked at before the store: what is shipped meanwhile is in both.
    waiting: VecDeque<Peeked>,
    // The next of those that wait, which is read when its turn may have come.
    next_waiting: Option<(Summary, Peeked)>,
    skipped: Skipped,
}

/// An execution of a walk.
#[derive(Debug)]
pub struct Found {
    /// What is known of it without its journal.
    pub summary: Summary,
    peeked: Option<Peeked>,
}

impl Archive {
    /// The executions of a query that have ended, the oldest first; of `last` N the newest N. What ends
    /// after this is not among them, however long the walk takes.
    pub async fn walk(&self, query: &Query) -> Result<Walk<'_>, StoreError> {
        let mut selection = query.selection.clone();
        let last = selection.last.take();
        let target = query.target.clone();
        let mut newest_first =
            self.newest(&Query { selection: selection.clone(), target: target.clone() })?;
        let Some(newest) = newest_first.next().await? else {
            return Ok(newest_first);
        };
        // What is newer than the newest that fits was passed over too.
        let skipped = newest_first.skipped;
        selection.before = Some(Uuid::from_u128(newest.summary.id.as_u128().saturating_add(1)));
        let mut oldest = last.map(|_| newest.summary.id);
        for _ in 1..last.unwrap_or(0) {
            oldest = newest_first.next().await?.map(|found| found.summary.id);
            // There are fewer: all that is older was passed over too.
            if oldest.is_none() {
                break;
            }
        }
        if let Some(oldest) = oldest {
            selection.after = Some(Uuid::from_u128(oldest.as_u128().saturating_sub(1)));
        }
        let walk =
            self.in_order(Query { selection: Selection { oldest_first: true, ..selection }, target })?;
        Ok(Walk { skipped, ..walk })
    }

    /// The executions of a query, newest first, with those that still run.
    pub async fn list(&self, query: &Query) -> Result<Vec<Summary>, StoreError> {
        let last = query.selection.last.map_or(usize::MAX, |last| last as usize);
        let mut walk = self.newest(query)?;
        let mut listed = Vec::new();
        while listed.len() < last
            && let Some(found) = walk.step().await?
        {
            if query.concerns(&found.summary) {
                listed.push(found.summary);
            }
        }
        Ok(listed)
    }

    /// All executions of a query, newest first, whatever its `last` says.
    pub(crate) fn newest(&self, query: &Query) -> Result<Walk<'_>, StoreError> {
        self.in_order(Query {
            selection: Selection { oldest_first: false, ..query.selection.clone() },
            target: query.target.clone(),
        })
    }

    /// All executions of a query in the order that it asks for, whatever its `last` says.
    pub(crate) fn in_order(&self, mut query: Query) -> Result<Walk<'_>, StoreError> {
        let mut waiting = self.peek()?;
        waiting.sort_by_key(|peeked| peeked.id);
        if !query.selection.oldest_first {
            waiting.reverse();
        }
        query.selection.last = Some(PAGE);
        Ok(Walk {
            archive: self,
            query,
            page: VecDeque::new(),
            read_to: None,
            is_read: false,
            waiting: waiting.into(),
            next_waiting: None,
            skipped: Skipped::default(),
        })
    }

    /// The journal of an execution that was found; none if it is gone.
    pub async fn journal_of(&self, found: &Found) -> Result<Option<Vec<u8>>, StoreError> {
        match found.peeked.as_ref().map(Peeked::journal).transpose()?.flatten() {
            Some(journal) => Ok(Some(journal)),
            None => self.stored(found.summary.id).await,
        }
    }
}

impl Walk<'_> {
    /// The next one that can be replayed. What still runs has no end to compare, and what was interrupted has
    /// none either.
    pub async fn next(&mut self) -> Result<Option<Found>, StoreError> {
        while let Some(found) = self.step().await? {
            match found.summary.outcome.as_str() {
                _ if !self.query.concerns(&found.summary) => self.skipped.others += 1,
                "interrupted" => self.skipped.interrupted += 1,
                "running" => self.skipped.running += 1,
                _ => return Ok(Some(found)),
            }
        }
        Ok(None)
    }

    /// What [`Self::next`] passed over so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// The next one of the selection, whatever guest it is of and whether or not it has ended.
    pub(crate) async fn step(&mut self) -> Result<Option<Found>, StoreError> {
        if self.page.is_empty() && !self.is_read {
            self.read().await?;
        }
        self.peek().await?;
        let oldest_first = self.query.selection.oldest_first;
        let is_waiting_next = match (self.page.front(), &self.next_waiting) {
            (Some(stored), Some((waiting, _))) => {
                (waiting.id <= stored.id) == oldest_first || waiting.id == stored.id
            }
            (None, waiting) => waiting.is_some(),
            (Some(_), None) => false,
        };
        let waiting = if is_waiting_next { self.next_waiting.take() } else { None };
        let Some((summary, peeked)) = waiting else {
            return Ok(self.page.pop_front().map(|summary| Found { summary, peeked: None }));
        };
        // Shipped between the two looks: it is told once.
        if self.page.front().is_some_and(|stored| stored.id == summary.id) {
            return Ok(self.page.pop_front().map(|summary| Found { summary, peeked: None }));
        }
        Ok(Some(Found { summary, peeked: Some(peeked) }))
    }

    /// Reads the next of those that wait in the spool and fit.
    async fn peek(&mut self) -> Result<(), StoreError> {
        let selection = &self.query.selection;
        let may_fit = |id: Uuid| {
            selection.before.is_none_or(|before| id < before)
                && selection.after.is_none_or(|after| id > after)
        };
        while self.next_waiting.is_none()
            && let Some(peeked) = self.waiting.pop_front()
        {
            if !may_fit(peeked.id) {
                continue;
            }
            let summary = match peeked.summary()? {
                Some(summary) => Some(summary),
                // It was shipped after the look at the spool, and maybe after its page was read.
                None => self.archive.summary(peeked.id).await?,
            };
            if let Some(summary) = summary.filter(|summary| matches(selection, summary)) {
                self.next_waiting = Some((summary, peeked));
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let mut selection = self.query.selection.clone();
        match selection.oldest_first {
            true => selection.after = self.read_to.or(selection.after),
            false => selection.before = self.read_to.or(selection.before),
        }
        let page = self.archive.page(&selection).await?;
        self.is_read = page.len() < PAGE as usize;
        self.read_to = page.last().map(|summary| summary.id).or(self.read_to);
        self.page = page.into();
        Ok(())
    }
}

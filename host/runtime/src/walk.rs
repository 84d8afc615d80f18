//! A walk over executions, however many there are: a page of them is in memory at a time.

use std::collections::VecDeque;

use flux_store::{Peeked, Selection, StoreError, Summary};
use uuid::Uuid;

use crate::archive::Archive;

/// How many executions are looked up at once.
const PAGE: u32 = 256;

/// Executions one by one: those in the record store, and those that wait in the spool, in one order.
#[derive(Debug)]
pub struct Walk<'a> {
    archive: &'a Archive,
    selection: Selection,
    page: VecDeque<Summary>,
    is_read: bool,
    /// How many were passed over because their process ended while they ran.
    pub interrupted: usize,
    // The spool is bounded, and was looked at before the store: what is shipped meanwhile is in both.
    waiting: VecDeque<(Summary, Peeked)>,
}

/// An execution of a walk.
#[derive(Debug)]
pub struct Found {
    /// What is known of it without its journal.
    pub summary: Summary,
    peeked: Option<Peeked>,
}

impl Archive {
    /// The executions of a selection that have ended, the oldest first; of `last` N the newest N. What ends
    /// after this is not among them, however long the walk takes.
    pub async fn walk(&self, selection: &Selection) -> Result<Walk<'_>, StoreError> {
        let mut selection = selection.clone();
        let last = selection.last.take();
        let mut newest_first = self.in_order(Selection { oldest_first: false, ..selection.clone() })?;
        let Some(newest) = newest_first.next().await? else {
            return Ok(newest_first);
        };
        selection.before = Some(Uuid::from_u128(newest.summary.id.as_u128().saturating_add(1)));
        let mut oldest = newest.summary.id;
        for _ in 1..last.unwrap_or(0) {
            match newest_first.next().await? {
                Some(found) => oldest = found.summary.id,
                None => break,
            }
        }
        if last.is_some() {
            selection.after = Some(Uuid::from_u128(oldest.as_u128().saturating_sub(1)));
        }
        self.in_order(Selection { oldest_first: true, ..selection })
    }

    fn in_order(&self, selection: Selection) -> Result<Walk<'_>, StoreError> {
        let mut waiting: Vec<_> = self.waiting(&selection)?;
        waiting.sort_by_key(|(summary, _)| summary.id);
        if !selection.oldest_first {
            waiting.reverse();
        }
        let selection = Selection { last: Some(PAGE), ..selection };
        let (archive, waiting) = (self, waiting.into());
        Ok(Walk { archive, selection, page: VecDeque::new(), is_read: false, interrupted: 0, waiting })
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
    /// The next one. What still runs has no end to compare, and what was interrupted has none either.
    pub async fn next(&mut self) -> Result<Option<Found>, StoreError> {
        loop {
            let found = self.step().await?;
            match found.as_ref().map(|found| found.summary.outcome.as_str()) {
                Some("interrupted") => self.interrupted += 1,
                Some("running") => {}
                _ => return Ok(found),
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Found>, StoreError> {
        if self.page.is_empty() && !self.is_read {
            self.read().await?;
        }
        let is_waiting_next = match (self.page.front(), self.waiting.front()) {
            (Some(stored), Some((waiting, _))) => {
                (waiting.id <= stored.id) == self.selection.oldest_first || waiting.id == stored.id
            }
            (None, waiting) => waiting.is_some(),
            (Some(_), None) => false,
        };
        if !is_waiting_next {
            return Ok(self.page.pop_front().map(|summary| Found { summary, peeked: None }));
        }
        let Some((summary, peeked)) = self.waiting.pop_front() else {
            return Ok(None);
        };
        // Shipped between the two looks: it is told once.
        if self.page.front().is_some_and(|stored| stored.id == summary.id) {
            return Ok(self.page.pop_front().map(|summary| Found { summary, peeked: None }));
        }
        Ok(Some(Found { summary, peeked: Some(peeked) }))
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let page = self.archive.page(&self.selection).await?;
        self.is_read = page.len() < PAGE as usize;
        let furthest = page.last().map(|summary| summary.id);
        match self.selection.oldest_first {
            true => self.selection.after = furthest.or(self.selection.after),
            false => self.selection.before = furthest.or(self.selection.before),
        }
        self.page = page.into();
        Ok(())
    }
}

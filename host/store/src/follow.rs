//! Executions as they end: from the spool at once, from the record store where nobody saw them there.
//!
//! Each is shown once, in whatever order they began. The spool is read as it grows, and the store is asked
//! for what came since the last look.

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use uuid::Uuid;

use crate::error::StoreError;
use crate::records::{Arrivals, Records};
use crate::spool::SpoolWatch;
use crate::summary::Summary;

/// For so many looks it is remembered what came from the store: the spool still has it for a moment after
/// it was shipped, and longer where the process died in between.
const REMEMBERED: usize = 8;

/// How far somebody has seen what ended, in one data folder.
#[derive(Debug)]
pub struct Follower {
    arrivals: Arrivals,
    spool: SpoolWatch,
    /// Shown, and not yet seen in the store.
    shown: HashSet<Uuid>,
    /// Came from the store, look by look.
    stored: VecDeque<Vec<Uuid>>,
}

impl Follower {
    /// Begins now: what has ended is not shown. A folder that was never used has no record store yet.
    pub async fn begin(spool: &Path, records: Option<&Records>) -> Result<Self, StoreError> {
        // First the store: what is shipped between the two is new to both, and shown.
        let arrivals = match records {
            Some(records) => records.end_of_arrivals().await?,
            None => Arrivals::default(),
        };
        let mut spool = SpoolWatch::new(spool);
        let shown = spool.look()?.iter().map(|ended| ended.id).collect();
        Ok(Self { arrivals, spool, shown, stored: VecDeque::new() })
    }

    /// Says that an execution, which has ended, was shown.
    pub fn skip(&mut self, id: Uuid) {
        self.shown.insert(id);
    }

    /// What ended since the last look, in the order in which it did. While the record store is out of
    /// reach, what is in the spool is shown, and the rest later.
    pub async fn look(&mut self, records: Option<&Records>) -> Result<Vec<Summary>, StoreError> {
        let mut found = self.in_spool()?;
        if let Some(records) = records {
            match records.arrivals(&mut self.arrivals).await {
                Ok(arrived) => found.extend(self.news(arrived)),
                Err(error) if error.is_unreachable() => {}
                Err(error) => return Err(error),
            }
        }
        found.sort_by_key(|summary| (summary.started_ns.saturating_add(summary.elapsed_ns), summary.id));
        Ok(found)
    }

    fn in_spool(&mut self) -> Result<Vec<Summary>, StoreError> {
        let mut found = Vec::new();
        let stored: HashSet<_> = self.stored.iter().flatten().collect();
        for ended in self.spool.look()? {
            if stored.contains(&ended.id) || self.shown.contains(&ended.id) {
                continue;
            }
            // None: it is in the store, and shown from there.
            if let Some(summary) = ended.summary()? {
                self.shown.insert(summary.id);
                found.push(summary);
            }
        }
        stored.into_iter().for_each(|id| self.spool.forget(id));
        Ok(found)
    }

    /// Those that were not seen in the spool.
    fn news(&mut self, mut arrived: Vec<Summary>) -> Vec<Summary> {
        self.stored.push_back(arrived.iter().map(|summary| summary.id).collect());
        if self.stored.len() > REMEMBERED {
            self.stored.pop_front();
        }
        arrived.retain(|summary| !self.shown.remove(&summary.id));
        arrived
    }
}

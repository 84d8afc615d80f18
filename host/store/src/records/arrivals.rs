//! What is new in the store, in the order in which it came.
//!
//! Ids say when an execution began, and one that began early may end late. So a follower does not ask for
//! ids beyond the newest that it saw. It asks for rows that came since its last look: by their number in
//! SQLite, by the transaction that brought them in PostgreSQL. There a transaction may be over before an
//! older one is, so each look begins at the oldest one that ran at the time of the look before, and leaves
//! out what was shown already.

use std::collections::HashSet;

use uuid::Uuid;

use super::select::COLUMNS;
use super::{Records, dialect};
use crate::error::StoreError;
use crate::summary::Summary;

/// How many rows are read at once.
const PAGE: u32 = 1000;
/// Where the number stands in a row, behind the summary.
const NUMBER: usize = 13;

/// How far a follower has come.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    /// Everything below this was shown.
    next: i64,
    /// What was shown of the rest.
    shown: HashSet<Uuid>,
}

impl Records {
    /// The end of the store: whoever looks from here sees what comes from now on. One that begins with
    /// the default sees all that the store numbered.
    pub async fn end_of_arrivals(&self) -> Result<Arrivals, StoreError> {
        let mut end = Arrivals { next: self.horizon().await?, shown: HashSet::new() };
        // Transactions beside an older one that still runs may be over, and what they brought is no news.
        self.arrivals(&mut end).await?;
        Ok(end)
    }

    /// What came since the last look, each execution once.
    pub async fn arrivals(&self, since: &mut Arrivals) -> Result<Vec<Summary>, StoreError> {
        let horizon = self.horizon().await?;
        let (mut found, mut after) = (Vec::new(), (since.next, Uuid::nil()));
        let mut beyond = HashSet::new();
        loop {
            let page = self.page(after).await?;
            for (number, summary) in &page {
                after = (*number, summary.id);
                if *number >= horizon {
                    beyond.insert(summary.id);
                }
            }
            let is_last = page.len() < PAGE as usize;
            let new = page.into_iter().map(|(_, summary)| summary);
            found.extend(new.filter(|summary| !since.shown.contains(&summary.id)));
            if is_last {
                *since = Arrivals { next: horizon, shown: beyond };
                return Ok(found);
            }
        }
    }

    /// The number below which nothing comes any more.
    async fn horizon(&self) -> Result<i64, StoreError> {
        let database = self.database();
        let select = database.sql(dialect::horizon(database.dialect())).done();
        let rows = database.fetch(select).await.map_err(self.failed("read"))?;
        rows.first().map_or(Ok(0), |row| self.column(row, 0))
    }

    async fn page(&self, after: (i64, Uuid)) -> Result<Vec<(i64, Summary)>, StoreError> {
        let database = self.database();
        let (column, shown, kind) = dialect::arrival(database.dialect());
        let select = format!("SELECT {COLUMNS}, {shown} FROM executions WHERE {column} >= CAST(");
        // The first condition is what an index is asked for.
        let select = database.sql(select).bind(after.0.to_string()).push(&format!(" AS {kind})"));
        let select = select.push(&format!(" AND ({column}, id) > (CAST(")).bind(after.0.to_string());
        let select = select.push(&format!(" AS {kind}), ")).bind(after.1);
        let select =
            select.push(&format!(") AND {column} IS NOT NULL ORDER BY {column}, id LIMIT ")).bind(PAGE);
        let rows = database.fetch(select.done()).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| Ok((self.column(row, NUMBER)?, self.summary(row)?))).collect()
    }
}

//! Reading records back.

use std::collections::HashMap;
use std::str::FromStr;

use flux_recorder::Digest;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use uuid::Uuid;

use super::{Records, Summary};
use crate::error::StoreError;

/// The columns of a [`Summary`], in its order.
pub(super) const COLUMNS: &str = "id, parent, kind, name, guest, started_ns, elapsed_ns, outcome, status, failed, \
                                  calls, journal_len";
/// The fewest hexadecimal digits that may stand for an id.
const SHORTEST: usize = 6;
/// How many journals [`Journals`] holds at most.
const AHEAD: usize = 16;

/// HTTP statuses from one to another: `404`, or `5xx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    /// The lowest.
    pub from: u16,
    /// The highest.
    pub to: u16,
}

impl FromStr for StatusRange {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, InvalidStatus> {
        let invalid = || InvalidStatus(text.to_owned());
        let (from, to) = (text.replace('x', "0"), text.replace('x', "9"));
        let well_formed =
            text.len() == 3 && text.trim_end_matches('x').bytes().all(|byte| byte.is_ascii_digit());
        let (from, to) = (from.parse().map_err(|_| invalid())?, to.parse().map_err(|_| invalid())?);
        if well_formed && from >= 100 { Ok(Self { from, to }) } else { Err(invalid()) }
    }
}

/// What was given as a status is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no HTTP status: '404' and '5xx' are")]
pub struct InvalidStatus(String);

/// Which executions to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// No more than the newest of them.
    pub last: Option<u32>,
    /// Started then or later, in nanoseconds since the Unix epoch.
    pub since_ns: Option<u64>,
    /// What started them: `http`, `job`, …
    pub kind: Option<String>,
    /// Their route or queue.
    pub name: Option<String>,
    /// The status of their HTTP response.
    pub status: Option<StatusRange>,
    /// Failures only.
    pub failed: bool,
    /// The guest that ran.
    pub guest: Option<Digest>,
    /// Older than this one: the last of the page before.
    pub before: Option<Uuid>,
}

impl Selection {
    fn query(&self) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM executions WHERE TRUE"));
        if let Some(since_ns) = self.since_ns {
            query.push(" AND started_ns >= ").push_bind(since_ns.cast_signed());
            // Rows are read newest first: this is where the reading may end.
            query.push(" AND id >= ").push_bind(oldest_id(since_ns));
        }
        if let Some(kind) = &self.kind {
            query.push(" AND kind = ").push_bind(kind.clone());
        }
        if let Some(name) = &self.name {
            query.push(" AND name = ").push_bind(name.clone());
        }
        if let Some(StatusRange { from, to }) = self.status {
            query
                .push(" AND status BETWEEN ")
                .push_bind(i32::from(from))
                .push(" AND ")
                .push_bind(i32::from(to));
            // Spelt out, because SQLite looks for the very condition of the index.
            query.push(if from >= 400 { " AND status >= 400" } else { "" });
        }
        query.push(if self.failed { " AND failed = 1" } else { "" });
        if let Some(guest) = self.guest {
            query.push(" AND guest = ").push_bind(guest.0.to_vec());
        }
        if let Some(before) = self.before {
            query.push(" AND id < ").push_bind(before.as_bytes().to_vec());
        }
        query.push(" ORDER BY id DESC");
        if let Some(last) = self.last {
            query.push(" LIMIT ").push_bind(i64::from(last));
        }
        query
    }
}

/// The lowest id of version 7 of a time, less a second: an id is made a little before its
/// execution's first reading of the clock.
fn oldest_id(since_ns: u64) -> Vec<u8> {
    let milliseconds = (since_ns / 1_000_000).saturating_sub(1000);
    let mut id = vec![0; 16];
    id[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    id
}

impl Records {
    /// The executions of a selection, newest first.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<Summary>, StoreError> {
        let rows = selection.query().build().fetch_all(&self.pool).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| self.summary(row)).collect()
    }

    /// An execution and its journal.
    pub async fn get(&self, id: Uuid) -> Result<Option<(Summary, Vec<u8>)>, StoreError> {
        let mut query =
            QueryBuilder::new(format!("SELECT {COLUMNS}, codec, journal FROM executions WHERE id = "));
        query.push_bind(id.as_bytes().to_vec());
        let row = query.build().fetch_optional(&self.pool).await.map_err(self.failed("read"))?;
        row.map(|row| self.record(&row)).transpose()
    }

    /// The execution whose id begins or ends with `text`, in hexadecimal digits with or without
    /// dashes. Ids of one minute begin alike: what people type is the end. None if there is no such
    /// execution, or if `text` is shorter than six digits.
    pub async fn find(&self, text: &str) -> Result<Option<Uuid>, StoreError> {
        let digits = text.replace('-', "").to_ascii_uppercase();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || !(SHORTEST..=32).contains(&digits.len()) {
            return Ok(None);
        }
        if let Ok(id) = Uuid::try_parse(&digits) {
            return Ok(self.get(id).await?.map(|_| id));
        }
        let (from, to) = (bound(&digits, '0'), bound(&digits, 'F'));
        // Both halves read the ids' index only; the second reads all of it.
        let sql = "SELECT id FROM executions WHERE id BETWEEN ? AND ? \
                   UNION SELECT id FROM executions WHERE substr(hex(id), ?) = ? LIMIT 2";
        let query = sqlx::query(sql).bind(from).bind(to).bind(-(digits.len() as i64)).bind(digits);
        let rows = query.fetch_all(&self.pool).await.map_err(self.failed("read"))?;
        if rows.len() > 1 {
            return Err(StoreError::Ambiguous { text: text.to_owned(), count: rows.len() });
        }
        rows.first().map(|row| uuid(&self.column::<Vec<u8>>(row, 0)?)).transpose()
    }

    /// The journals of these executions, in this order. Of a thousand, a few are in memory at once.
    pub fn journals(&self, ids: Vec<Uuid>) -> Journals {
        Journals { records: self.clone(), ids: ids.into_iter(), ready: Vec::new().into_iter() }
    }

    async fn some_journals(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        let mut query =
            QueryBuilder::new(format!("SELECT {COLUMNS}, codec, journal FROM executions WHERE id IN ("));
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id.as_bytes().to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await.map_err(self.failed("read"))?;
        let found: Result<HashMap<_, _>, StoreError> =
            rows.iter().map(|row| self.record(row).map(|(summary, journal)| (summary.id, journal))).collect();
        let mut found = found?;
        Ok(ids.iter().filter_map(|id| found.remove_entry(id)).collect())
    }

    fn record(&self, row: &SqliteRow) -> Result<(Summary, Vec<u8>), StoreError> {
        let summary = self.summary(row)?;
        let (codec, journal): (i64, Vec<u8>) = (self.column(row, 12)?, self.column(row, 13)?);
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

    fn summary(&self, row: &SqliteRow) -> Result<Summary, StoreError> {
        let id = uuid(&self.column::<Vec<u8>>(row, 0)?)?;
        let parent: Option<Vec<u8>> = self.column(row, 1)?;
        let guest: Vec<u8> = self.column(row, 4)?;
        let guest =
            guest.try_into().map_err(|_| StoreError::Damaged { id, what: "its guest is no digest" })?;
        let status: Option<i64> = self.column(row, 8)?;
        Ok(Summary {
            id,
            parent: parent.map(|parent| uuid(&parent)).transpose()?,
            kind: self.column(row, 2)?,
            name: self.column(row, 3)?,
            guest: Digest(guest),
            started_ns: self.column::<i64>(row, 5)?.cast_unsigned(),
            elapsed_ns: self.column::<i64>(row, 6)?.cast_unsigned(),
            outcome: self.column(row, 7)?,
            status: status.and_then(|status| u16::try_from(status).ok()),
            failed: self.column(row, 9)?,
            calls: self.column::<i64>(row, 10)?.cast_unsigned(),
            journal_len: self.column::<i64>(row, 11)?.cast_unsigned(),
        })
    }

    pub(super) fn column<'r, T>(&self, row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
    {
        row.try_get(index).map_err(self.failed("understand a row of"))
    }
}

/// The lowest or highest id that begins with these digits.
fn bound(digits: &str, fill: char) -> Vec<u8> {
    let text = format!("{digits}{}", fill.to_string().repeat(32 - digits.len()));
    Uuid::try_parse(&text).unwrap_or_default().as_bytes().to_vec()
}

fn uuid(bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|_| StoreError::Damaged { id: Uuid::nil(), what: "its id is no UUID" })
}

/// Journals, read a few at a time.
#[derive(Debug)]
pub struct Journals {
    records: Records,
    ids: std::vec::IntoIter<Uuid>,
    ready: std::vec::IntoIter<(Uuid, Vec<u8>)>,
}

impl Journals {
    /// The next journal. Executions that are not in the store are passed over.
    pub async fn next(&mut self) -> Result<Option<(Uuid, Vec<u8>)>, StoreError> {
        loop {
            if let Some(journal) = self.ready.next() {
                return Ok(Some(journal));
            }
            let ids: Vec<_> = self.ids.by_ref().take(AHEAD).collect();
            if ids.is_empty() {
                return Ok(None);
            }
            self.ready = self.records.some_journals(&ids).await?.into_iter();
        }
    }
}

#[cfg(test)]
impl Records {
    /// How SQLite would go about a selection.
    pub(super) async fn plan(&self, selection: &Selection) -> String {
        let query = selection.query();
        let sql = format!("EXPLAIN QUERY PLAN {}", query.sql().as_str());
        // Values that are not bound are null, which changes nothing about the plan.
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.unwrap_or_default();
        rows.iter().map(|row| row.get::<String, _>(3)).collect::<Vec<_>>().join("; ")
    }
}

//! Finding executions, without their journals.

use std::str::FromStr;

use flux_recorder::Digest;
use flux_sql::{Builder, Dialect, Row};
use sqlx::{Decode, Postgres, Sqlite, Type};
use uuid::Uuid;

use super::{Records, dialect};
use crate::error::StoreError;
use crate::summary::Summary;

/// The columns of a [`Summary`], in its order.
pub(super) const COLUMNS: &str = "id, parent, kind, name, guest, started_ns, elapsed_ns, outcome, status, failed, \
                                  calls, journal_len, node";
/// The fewest hexadecimal digits that may stand for an id.
pub const SHORTEST_ID: usize = 6;
/// An id is made so long, at most, before its execution's first reading of the clock.
const HEAD_START_NS: u64 = 1_000_000_000;

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
        let is_http = (100..600).contains(&from);
        if well_formed && is_http { Ok(Self { from, to }) } else { Err(invalid()) }
    }
}

/// What was given as a status is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no HTTP status; hint: write one such as 404, or 5xx for all from 500 to 599")]
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
    /// The HTTP status that their client got.
    pub status: Option<StatusRange>,
    /// Failures only.
    pub failed: bool,
    /// The guest that ran.
    pub guest: Option<Digest>,
    /// Older than this one: the last of the page before.
    pub before: Option<Uuid>,
    /// Newer than this one.
    pub after: Option<Uuid>,
    /// The oldest first; `last` is then how many of these there are in a page.
    pub oldest_first: bool,
}

impl Selection {
    pub(super) fn query(&self, language: Dialect) -> Builder {
        let mut query = Builder::new(language, format!("SELECT {COLUMNS} FROM executions WHERE TRUE"));
        if let Some(since_ns) = self.since_ns {
            query = query.push(" AND started_ns >= ").bind(since_ns);
            // Rows are read newest first: this is where the reading may end.
            query = query.push(" AND id >= ").bind(id_at(since_ns.saturating_sub(HEAD_START_NS)));
        }
        if let Some(kind) = &self.kind {
            query = query.push(" AND kind = ").bind(kind.clone());
        }
        if let Some(name) = &self.name {
            query = query.push(" AND name = ").bind(name.clone());
        }
        if let Some(StatusRange { from, to }) = self.status {
            query = query.push(" AND status BETWEEN ").bind(Some(from)).push(" AND ").bind(Some(to));
            // Spelt out, because a database looks for the very condition of the index.
            query = query.push(if from >= 400 { " AND status >= 400" } else { "" });
        }
        if self.failed {
            query = query.push(" AND ").push(dialect::failed(language));
        }
        if let Some(guest) = self.guest {
            query = query.push(" AND guest = ").bind(guest.0.to_vec());
        }
        if let Some(before) = self.before {
            query = query.push(" AND id < ").bind(before);
        }
        if let Some(after) = self.after {
            query = query.push(" AND id > ").bind(after);
        }
        query = query.push(if self.oldest_first { " ORDER BY id" } else { " ORDER BY id DESC" });
        if let Some(last) = self.last {
            query = query.push(" LIMIT ").bind(last);
        }
        query
    }
}

/// The lowest id of version 7 of a time.
pub(super) fn id_at(ns: u64) -> Uuid {
    Uuid::from_u128(u128::from(ns / 1_000_000) << 80)
}

impl Records {
    /// The executions of a selection, newest first unless it says otherwise.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<Summary>, StoreError> {
        let database = self.database();
        let query = selection.query(database.dialect()).done();
        let rows = database.fetch(query).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| self.summary(row)).collect()
    }

    /// The executions whose id begins or ends with `text`, in hexadecimal digits with or without dashes, at most
    /// `limit` of them. Ids of one minute begin alike: what people type is the end. None if there is no such
    /// execution, or if `text` is shorter than six digits.
    pub async fn find(&self, text: &str, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        let digits = text.replace('-', "").to_ascii_lowercase();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || !(SHORTEST_ID..=32).contains(&digits.len()) {
            return Ok(Vec::new());
        }
        let database = self.database();
        let (from, to) = (bound(&digits, '0'), bound(&digits, 'f'));
        let mut query = database.sql("SELECT id FROM executions WHERE id BETWEEN ").bind(from);
        query = query.push(" AND ").bind(to);
        if digits.len() < 32 {
            // Both halves read the ids' index only; the second reads all of it.
            query = query.push(" UNION SELECT id FROM executions WHERE ");
            query =
                query.push(dialect::id_digits(database.dialect())).push(" LIKE ").bind(format!("%{digits}"));
        }
        let query = query.push(" ORDER BY id DESC LIMIT ").bind(limit).done();
        let rows = database.fetch(query).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| self.column(row, 0)).collect()
    }

    pub(super) fn summary(&self, row: &Row) -> Result<Summary, StoreError> {
        let status: Option<i32> = self.column(row, 8)?;
        Ok(Summary {
            id: self.column(row, 0)?,
            parent: self.column(row, 1)?,
            kind: self.column(row, 2)?,
            name: self.column(row, 3)?,
            guest: self.digest(row, 4)?,
            started_ns: self.column::<i64>(row, 5)?.cast_unsigned(),
            elapsed_ns: self.column::<i64>(row, 6)?.cast_unsigned(),
            outcome: self.column(row, 7)?,
            status: status.and_then(|status| u16::try_from(status).ok()),
            failed: self.column(row, 9)?,
            calls: self.column::<i64>(row, 10)?.cast_unsigned(),
            journal_len: self.column::<i64>(row, 11)?.cast_unsigned(),
            node: self.column(row, 12)?,
        })
    }

    pub(super) fn column<'r, T>(&self, row: &'r Row, index: usize) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        row.get(index).map_err(self.failed("understand a row of"))
    }
}

/// The lowest or highest id that begins with these digits.
fn bound(digits: &str, fill: char) -> Uuid {
    let text = format!("{digits}{}", fill.to_string().repeat(32 - digits.len()));
    Uuid::try_parse(&text).unwrap_or_default()
}

#[cfg(test)]
impl Records {
    /// How the database would go about a selection, of which it does not see how few rows there are.
    pub(super) async fn plan(&self, selection: &Selection) -> String {
        let database = self.database();
        let query = selection.query(database.dialect());
        let (explain, column) = match database.dialect() {
            Dialect::Sqlite => ("EXPLAIN QUERY PLAN ", 3),
            Dialect::Postgres => ("EXPLAIN ", 0),
        };
        let rows = database.fetch(query.before(explain).done()).await.unwrap();
        rows.iter().map(|row| row.get::<String>(column).unwrap()).collect::<Vec<_>>().join("; ")
    }
}

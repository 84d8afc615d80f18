//! Buckets in an SQLite file.

use std::path::Path;

use flux_host::bindings::flux::host::kv::{Condition, Entry, Error, Page, SetOptions};
use flux_sql::{Database, File, FileOptions, PoolOptions, Row, Schema, Statement, Step};

use crate::backend::{Backend, KvFuture, SWEEP, add, number, page};

/// A row's number is its version: AUTOINCREMENT never gives one twice, so a key that was deleted and
/// set again has another.
macro_rules! table {
    () => {
        "CREATE TABLE flux_kv (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_ms INTEGER,
    UNIQUE (bucket, key)
);"
    };
}

/// A sweep finds what is over without reading the rest.
macro_rules! ends {
    () => {
        "CREATE INDEX flux_kv_ends ON flux_kv (expires_ms) WHERE expires_ms IS NOT NULL"
    };
}

const SCHEMA: Schema = Schema {
    exists: "SELECT count(*) FROM sqlite_master WHERE name = 'flux_kv'",
    // 1: from before sweeps.
    version: "SELECT 1 + (SELECT count(*) FROM sqlite_master WHERE name = 'flux_kv_ends')",
    remember: None,
    steps: &[Step { from: 0, to: 2, sql: concat!(table!(), ends!()) }, Step { from: 1, to: 2, sql: ends!() }],
};

const WRITE: &str = "INSERT OR REPLACE INTO flux_kv (bucket, key, value, expires_ms) VALUES (?, ?, ?, ?)";

/// Writes if the key is there or not, with the version that is wanted. One statement decides and writes: nobody
/// can come between.
macro_rules! write_if {
    ($condition:literal) => {
        concat!(
            "INSERT OR REPLACE INTO flux_kv (bucket, key, value, expires_ms) SELECT ?, ?, ?, ? WHERE ",
            $condition,
            " (SELECT 1 FROM flux_kv WHERE bucket = ? AND key = ? AND (expires_ms IS NULL OR expires_ms > ?) \
             AND version = coalesce(?, version))"
        )
    };
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Sqlite(Database);

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, flux_sql::Error> {
        let file = File::new(path, &FileOptions::default());
        let database = Database::prepared_sqlite(file, PoolOptions::default(), SCHEMA);
        database.reach().await?;
        Ok(Self(database))
    }

    async fn fetch(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        self.0.fetch(statement).await.map_err(unavailable)
    }

    async fn execute(&self, statement: Statement) -> Result<u64, Error> {
        self.0.execute(statement).await.map_err(unavailable)
    }

    async fn add(&self, bucket: &str, key: &str, by: i64, now_ms: u64) -> Result<i64, Error> {
        // The write lock is taken first, so that two increments do not read the same number.
        let mut transaction = self.0.begin().await.map_err(unavailable)?;
        let read = "SELECT value, expires_ms FROM flux_kv WHERE bucket = ? AND key = ? \
                    AND (expires_ms IS NULL OR expires_ms > ?)";
        let read = Statement::of(read).with(bucket).with(key).with(milliseconds(now_ms));
        let found = transaction.fetch(read).await.map_err(unavailable)?;
        let (before, expires_ms) = match found.first() {
            Some(row) => {
                let value: Vec<u8> = row.get(0).map_err(unavailable)?;
                (number(&value)?, row.get(1).map_err(unavailable)?)
            }
            None => (0, None::<i64>),
        };
        let sum = add(before, by)?;
        let write = Statement::of(WRITE).with(bucket).with(key);
        let write = write.with(sum.to_string().into_bytes()).with(expires_ms);
        transaction.execute(write).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        Ok(sum)
    }
}

fn unavailable(error: impl Into<flux_sql::Error>) -> Error {
    Error::Unavailable(error.into().with_hint())
}

fn milliseconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// As text, 01 is not 1.
fn version(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

impl Backend for Sqlite {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, Option<Entry>> {
        Box::pin(async move {
            let sql = "SELECT value, version FROM flux_kv WHERE bucket = ? AND key = ? \
                       AND (expires_ms IS NULL OR expires_ms > ?)";
            let query = Statement::of(sql).with(bucket).with(key).with(milliseconds(now_ms));
            let rows = self.fetch(query).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let version: i64 = row.get(1).map_err(unavailable)?;
            Ok(Some(Entry { value: row.get(0).map_err(unavailable)?, version: version.to_string() }))
        })
    }

    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: &'a [u8],
        options: &'a SetOptions,
        now_ms: u64,
    ) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let expires_ms = options.ttl_ms.map(|ttl| milliseconds(now_ms.saturating_add(ttl)));
            let write = |sql| Statement::of(sql).with(bucket).with(key).with(value).with(expires_ms);
            let conditional =
                |sql| write(sql).with(bucket).with(key).with(milliseconds(now_ms)).with(wanted(options));
            let statement = match &options.only_if {
                None => write(WRITE),
                Some(Condition::Absent) => conditional(write_if!("NOT EXISTS")),
                Some(Condition::Version(_)) if wanted(options).is_none() => return Ok(false),
                Some(Condition::Version(_)) => conditional(write_if!("EXISTS")),
            };
            Ok(self.execute(statement).await? > 0)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let sql = "DELETE FROM flux_kv WHERE bucket = ? AND key = ? RETURNING expires_ms";
            let rows = self.fetch(Statement::of(sql).with(bucket).with(key)).await?;
            let Some(row) = rows.first() else { return Ok(false) };
            let expires_ms: Option<i64> = row.get(0).map_err(unavailable)?;
            Ok(expires_ms.is_none_or(|at| at > milliseconds(now_ms)))
        })
    }

    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> KvFuture<'a, i64> {
        Box::pin(self.add(bucket, key, by, now_ms))
    }

    fn keys<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        cursor: &'a str,
        limit: u32,
        now_ms: u64,
    ) -> KvFuture<'a, Page> {
        Box::pin(async move {
            // Not LIKE: a prefix may hold % and _, and LIKE folds case. Bytes, since SQLite takes the
            // length of text up to a NUL; no bytes have a NULL for a part.
            let sql = "SELECT key FROM flux_kv WHERE bucket = ? AND key >= ? AND (? = '' OR key > ?) \
                       AND coalesce(substr(CAST(key AS BLOB), 1, ?), x'') = ? AND (expires_ms IS NULL OR expires_ms > ?) \
                       ORDER BY key LIMIT ?";
            let query = Statement::of(sql).with(bucket).with(prefix).with(cursor).with(cursor);
            let query = query.with(prefix.len() as i64).with(prefix.as_bytes());
            let rows = self.fetch(query.with(milliseconds(now_ms)).with(i64::from(limit) + 1)).await?;
            let keys: Result<_, _> = rows.iter().map(|row| row.get(0).map_err(unavailable)).collect();
            Ok(page(keys?, limit))
        })
    }

    fn sweep<'a>(&'a self, _bucket: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let sql = "DELETE FROM flux_kv WHERE version IN \
                       (SELECT version FROM flux_kv WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)";
            let sweep = Statement::of(sql).with(milliseconds(now_ms)).with(SWEEP as i64);
            Ok(self.execute(sweep).await? >= SWEEP as u64)
        })
    }
}

/// The version that a value must have to be replaced.
fn wanted(options: &SetOptions) -> Option<i64> {
    match &options.only_if {
        Some(Condition::Version(text)) => version(text),
        _ => None,
    }
}

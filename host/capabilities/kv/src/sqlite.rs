//! Buckets in an SQLite file.
//!
//! A guest that goes away in the middle of a call drops its future here. sqlx runs SQLite's statements on a
//! thread of each connection, which ends the statement, and rolls back a transaction that nobody has: the
//! connection that goes back to the pool is quiet.

use std::path::Path;
use std::time::Duration;

use flux_host::bindings::flux::host::kv::{Condition, Entry, Error, Page, SetOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::backend::{Backend, KvFuture, SWEEP, add, number, page};

/// A row's number is its version: AUTOINCREMENT never gives one twice, so a key that was deleted and
/// set again has another.
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS flux_kv (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_ms INTEGER,
    UNIQUE (bucket, key)
)";
/// A sweep finds what is over without reading the rest.
const ENDS: &str =
    "CREATE INDEX IF NOT EXISTS flux_kv_ends ON flux_kv (expires_ms) WHERE expires_ms IS NOT NULL";
const LIVING: &str = "(expires_ms IS NULL OR expires_ms > ?)";

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Sqlite(SqlitePool);

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::query(SCHEMA).execute(&pool).await?;
        sqlx::query(ENDS).execute(&pool).await?;
        Ok(Self(pool))
    }

    async fn write(
        &self,
        bucket: &str,
        key: &str,
        value: &[u8],
        expires_ms: Option<i64>,
    ) -> Result<(), Error> {
        let sql = "INSERT OR REPLACE INTO flux_kv (bucket, key, value, expires_ms) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(bucket).bind(key).bind(value).bind(expires_ms);
        query.execute(&self.0).await.map(drop).map_err(unavailable)
    }
}

fn unavailable(error: sqlx::Error) -> Error {
    Error::Unavailable(error.to_string())
}

fn milliseconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

impl Backend for Sqlite {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, Option<Entry>> {
        Box::pin(async move {
            let sql = "SELECT value, version FROM flux_kv WHERE bucket = ? AND key = ? \
                       AND (expires_ms IS NULL OR expires_ms > ?)";
            let query = sqlx::query_as(sql).bind(bucket).bind(key).bind(milliseconds(now_ms));
            let row: Option<(Vec<u8>, i64)> = query.fetch_optional(&self.0).await.map_err(unavailable)?;
            Ok(row.map(|(value, version)| Entry { value, version: version.to_string() }))
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
            // One statement decides and writes: nobody can come between.
            let condition = match &options.only_if {
                None => return self.write(bucket, key, value, expires_ms).await.map(|()| true),
                Some(Condition::Absent) => "NOT EXISTS",
                Some(Condition::Version(_)) => "EXISTS",
            };
            let version = match &options.only_if {
                // As text, 01 is not 1.
                Some(Condition::Version(version)) => match version.parse::<i64>() {
                    Ok(number) if number.to_string() == *version => Some(number),
                    _ => return Ok(false),
                },
                _ => None,
            };
            let sql = format!(
                "INSERT OR REPLACE INTO flux_kv (bucket, key, value, expires_ms) SELECT ?, ?, ?, ? WHERE {condition} \
                 (SELECT 1 FROM flux_kv WHERE bucket = ? AND key = ? AND {LIVING} AND version = coalesce(?, version))"
            );
            let query =
                sqlx::query(sqlx::AssertSqlSafe(sql)).bind(bucket).bind(key).bind(value).bind(expires_ms);
            let query = query.bind(bucket).bind(key).bind(milliseconds(now_ms)).bind(version);
            let done = query.execute(&self.0).await.map_err(unavailable)?;
            Ok(done.rows_affected() > 0)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let sql = "DELETE FROM flux_kv WHERE bucket = ? AND key = ? RETURNING expires_ms";
            let query = sqlx::query_scalar(sql).bind(bucket).bind(key);
            let row: Option<Option<i64>> = query.fetch_optional(&self.0).await.map_err(unavailable)?;
            Ok(row.is_some_and(|expires| expires.is_none_or(|at| at > milliseconds(now_ms))))
        })
    }

    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> KvFuture<'a, i64> {
        Box::pin(async move {
            // The write lock is taken first, so that two increments do not read the same number.
            let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
            let sql = "SELECT value, expires_ms FROM flux_kv WHERE bucket = ? AND key = ? \
                       AND (expires_ms IS NULL OR expires_ms > ?)";
            let query = sqlx::query_as(sql).bind(bucket).bind(key).bind(milliseconds(now_ms));
            let row: Option<(Vec<u8>, Option<i64>)> =
                query.fetch_optional(&mut *transaction).await.map_err(unavailable)?;
            let (before, expires_ms) = match row {
                Some((value, expires_ms)) => (number(&value)?, expires_ms),
                None => (0, None),
            };
            let sum = add(before, by)?;
            let sql = "INSERT OR REPLACE INTO flux_kv (bucket, key, value, expires_ms) VALUES (?, ?, ?, ?)";
            let query =
                sqlx::query(sql).bind(bucket).bind(key).bind(sum.to_string().into_bytes()).bind(expires_ms);
            query.execute(&mut *transaction).await.map_err(unavailable)?;
            transaction.commit().await.map_err(unavailable)?;
            Ok(sum)
        })
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
            let query = sqlx::query_scalar(sql).bind(bucket).bind(prefix).bind(cursor).bind(cursor);
            let query = query.bind(prefix.len() as i64).bind(prefix.as_bytes());
            let query = query.bind(milliseconds(now_ms)).bind(i64::from(limit) + 1);
            Ok(page(query.fetch_all(&self.0).await.map_err(unavailable)?, limit))
        })
    }

    fn sweep<'a>(&'a self, _bucket: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let sql = "DELETE FROM flux_kv WHERE version IN \
                       (SELECT version FROM flux_kv WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)";
            let query = sqlx::query(sql).bind(milliseconds(now_ms)).bind(SWEEP as i64);
            let done = query.execute(&self.0).await.map_err(unavailable)?;
            Ok(done.rows_affected() >= SWEEP as u64)
        })
    }
}

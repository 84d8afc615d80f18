//! What a store of buckets does, and what all stores have in common.

use flux_host::bindings::flux::host::kv::{Entry, Error, Page, SetOptions};
use futures_util::future::BoxFuture;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 1024;
/// The longest value, in bytes.
pub const MAX_VALUE: usize = 16 << 20;
/// The most keys on a page.
pub const MAX_PAGE: u32 = 1000;
/// How many values one step of a sweep removes at most, so that whoever waits for the store waits shortly.
pub const SWEEP: usize = 256;

/// What a back end gives.
pub type KvFuture<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A store of one or more buckets. Times are milliseconds since the Unix epoch.
pub trait Backend: Send + Sync {
    /// See wit/kv.wit, as for the others.
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, Option<Entry>>;
    /// Sets a value if the condition holds.
    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: &'a [u8],
        options: &'a SetOptions,
        now_ms: u64,
    ) -> KvFuture<'a, bool>;
    /// Deletes a key.
    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, bool>;
    /// Adds to a decimal number.
    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> KvFuture<'a, i64>;
    /// A page of keys after `cursor`.
    fn keys<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        cursor: &'a str,
        limit: u32,
        now_ms: u64,
    ) -> KvFuture<'a, Page>;

    /// Removes some of the values whose time is over, at most [`SWEEP`], and says whether there may be more.
    /// They are gone for guests anyway; this is for the space that they take.
    fn sweep<'a>(&'a self, _bucket: &'a str, _now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }
}

/// A value that counts: what `increment` reads.
pub(crate) fn number(value: &[u8]) -> Result<i64, Error> {
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::Unavailable("the value is not a decimal number".to_owned()))
}

/// The sum, or why there is none.
pub(crate) fn add(number: i64, by: i64) -> Result<i64, Error> {
    number.checked_add(by).ok_or_else(|| Error::Unavailable(format!("{number} + {by} is outside s64")))
}

/// The page of keys that were asked for with one more than `limit`, which says whether another follows.
pub(crate) fn page(mut keys: Vec<String>, limit: u32) -> Page {
    let more = keys.len() > limit as usize;
    keys.truncate(limit as usize);
    let next = more.then(|| keys.last().cloned()).flatten();
    Page { keys, next }
}

//! The `kv` capability: buckets by label, on SQLite, on Redis or in memory.
//!
//! | in `[kv.<label>]` | back end | for |
//! |---|---|---|
//! | `sqlite = "kv.db"` | [`Sqlite`] | one node: a file in the data folder |
//! | `redis = "redis://..."` | [`Redis`] | several nodes that share their buckets |
//! | `memory = true` | [`Memory`] | tests and trying things out: gone with the process |
//!
//! To a guest they are the same, and one suite of tests says so. A bucket that flux.toml does not name is
//! denied, with the line that would allow it. Back ends implement [`Backend`]; the guest's side is
//! [`View`], two lines a function, and `wasi:keyvalue` in `wasi.rs`, which calls the same.

mod memory;
mod redis;
mod section;
mod sqlite;
mod sweeper;
mod view;
mod wasi;

use std::collections::HashMap;
use std::sync::Arc;

use flux_host::bindings::flux::host::kv::{Entry, Error, Page, SetOptions};
use flux_host::wasm::State;
use flux_host::{Capability, Environment};
use futures_util::future::BoxFuture;
use wasmtime::component::Linker;

pub use memory::Memory;
pub use redis::{Failure, OpenError, Redis};
pub use section::{KvSection, KvTable};
pub use sqlite::Sqlite;
use sweeper::Sweeper;
pub use view::View;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 1024;
/// The longest value, in bytes.
pub const MAX_VALUE: usize = 16 << 20;
/// The most keys on a page.
pub const MAX_PAGE: u32 = 1000;
/// How many values one step of a sweep removes at most, so that whoever waits for the store waits shortly.
pub const SWEEP: usize = 256;

/// What a back end gives.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A store of one or more buckets. Times are milliseconds since the Unix epoch.
pub trait Backend: Send + Sync {
    /// See wit/kv.wit, as for the others.
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> Answer<'a, Option<Entry>>;
    /// Sets a value if the condition holds.
    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: &'a [u8],
        options: &'a SetOptions,
        now_ms: u64,
    ) -> Answer<'a, bool>;
    /// Deletes a key.
    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> Answer<'a, bool>;
    /// Adds to a decimal number.
    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> Answer<'a, i64>;
    /// A page of keys after `cursor`.
    fn keys<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        cursor: &'a str,
        limit: u32,
        now_ms: u64,
    ) -> Answer<'a, Page>;

    /// Removes some of the values whose time is over, at most [`SWEEP`], and says whether there may be more.
    /// They are gone for guests anyway; this is for the space that they take.
    fn sweep<'a>(&'a self, _bucket: &'a str, _now_ms: u64) -> Answer<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }
}

/// The buckets of an app.
pub struct Kv {
    buckets: HashMap<String, Arc<dyn Backend>>,
    environment: Arc<dyn Environment>,
    _sweeper: Option<Sweeper>,
}

impl Kv {
    /// Buckets by label. Inside a runtime, values whose time is over are removed now and then for as long as
    /// this lives.
    pub fn new(buckets: HashMap<String, Arc<dyn Backend>>, environment: Arc<dyn Environment>) -> Self {
        let sweeper = Sweeper::start(&buckets, &environment);
        Self { buckets, environment, _sweeper: sweeper }
    }

    fn bucket(&self, label: &str) -> Result<&Arc<dyn Backend>, Error> {
        self.buckets.get(label).ok_or_else(|| {
            Error::Denied(format!(
                "bucket '{label}' is not in flux.toml [FLX0501]; hint: add [kv.{label}] with sqlite = \"kv.db\", \
                 redis = \"redis://...\" or memory = true"
            ))
        })
    }

    async fn get(&self, label: &str, key: &str) -> Result<Option<Entry>, Error> {
        self.bucket(label)?.get(label, key, self.now_ms()).await
    }

    async fn set(&self, label: &str, key: &str, value: &[u8], options: &SetOptions) -> Result<bool, Error> {
        if key.len() > MAX_KEY || value.len() > MAX_VALUE {
            return Err(Error::TooLarge);
        }
        self.bucket(label)?.set(label, key, value, options, self.now_ms()).await
    }

    async fn delete(&self, label: &str, key: &str) -> Result<bool, Error> {
        self.bucket(label)?.delete(label, key, self.now_ms()).await
    }

    async fn increment(&self, label: &str, key: &str, by: i64) -> Result<i64, Error> {
        if key.len() > MAX_KEY {
            return Err(Error::TooLarge);
        }
        self.bucket(label)?.increment(label, key, by, self.now_ms()).await
    }

    async fn keys(&self, label: &str, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<Page, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        self.bucket(label)?.keys(label, prefix, cursor.unwrap_or_default(), limit, self.now_ms()).await
    }

    fn now_ms(&self) -> u64 {
        self.environment.now_ns() / 1_000_000
    }
}

impl std::fmt::Debug for Kv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kv").field("buckets", &self.buckets.keys()).finish_non_exhaustive()
    }
}

impl Capability for Kv {
    type Section = KvSection;
    type Held = ();
    const INTERFACE: &'static str = "kv";
    const ALSO: &'static [&'static str] = wasi::INTERFACES;

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)?;
        wasi::link(linker)
    }
}

/// A value that counts: what `increment` reads.
fn number(value: &[u8]) -> Result<i64, Error> {
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::Unavailable("the value is not a decimal number".to_owned()))
}

/// The sum, or why there is none.
fn add(number: i64, by: i64) -> Result<i64, Error> {
    number.checked_add(by).ok_or_else(|| Error::Unavailable(format!("{number} + {by} is outside s64")))
}

/// The page of keys that were asked for with one more than `limit`, which says whether another follows.
fn page(mut keys: Vec<String>, limit: u32) -> Page {
    let more = keys.len() > limit as usize;
    keys.truncate(limit as usize);
    let next = more.then(|| keys.last().cloned()).flatten();
    Page { keys, next }
}

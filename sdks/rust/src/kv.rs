//! Key-value buckets, opened by the label they have in `flux.toml`.
//!
//! ```no_run
//! use flux_sdk::kv::{Bucket, Error, SetOptions};
//! use std::time::Duration;
//!
//! fn lock(name: &str) -> Result<bool, Error> {
//!     let locks = Bucket::open("locks")?;
//!     locks.set_with(name, "mine", SetOptions::new().ttl(Duration::from_secs(30)).if_absent())
//! }
//! ```

mod keys;

use crate::JsonError;
use crate::bindings::flux::host::kv as host;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::time::Duration;

pub use keys::Keys;

/// Why a bucket did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not allowed by flux.toml, or by a policy.
    Denied(String),
    /// The key or the value is over its limit.
    TooLarge,
    /// The store cannot be reached.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "the bucket is denied: {why}"),
            Self::TooLarge => f.write_str("the key or the value is too large for the bucket"),
            Self::Unavailable(why) => write!(f, "the bucket is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// A value, and its version for compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// What [`SetOptions::if_version`] takes.
    pub version: String,
}

impl Entry {
    /// The value as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.value)
    }

    /// The value as text.
    pub fn text(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.value)
    }
}

/// When a set may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Only if the key has no value.
    Absent,
    /// Only if the value still has this version.
    Version(String),
}

/// How a value is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetOptions {
    /// Milliseconds until the value is gone; `None`: it stays.
    pub ttl_ms: Option<u64>,
    /// When the set may happen; `None`: always.
    pub only_if: Option<Condition>,
}

impl SetOptions {
    /// Always, and to stay.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value is gone after this time.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl_ms = Some(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Only if the key has no value.
    pub fn if_absent(mut self) -> Self {
        self.only_if = Some(Condition::Absent);
        self
    }

    /// Only if the value still has this version.
    pub fn if_version(mut self, version: impl Into<String>) -> Self {
        self.only_if = Some(Condition::Version(version.into()));
        self
    }
}

/// A page of keys in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The keys.
    pub keys: Vec<String>,
    /// The cursor of the page that follows, if there is one.
    pub next: Option<String>,
}

/// An open bucket.
#[derive(Debug)]
pub struct Bucket(host::Bucket);

impl Bucket {
    /// Opens the bucket with this label.
    pub fn open(name: &str) -> Result<Self, Error> {
        host::Bucket::open(name).map(Self)
    }

    /// The value of a key; `None` if it has none, or its time is over.
    pub fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        self.0.get(key)
    }

    /// The value of a key as JSON; `None` if it has none, or its time is over.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, JsonError<Error>> {
        let entry = self.get(key)?;
        entry.map(|entry| entry.json()).transpose().map_err(JsonError::Json)
    }

    /// Sets a value, to stay, whatever was there.
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.set_with(key, value, SetOptions::new()).map(drop)
    }

    /// Sets a value as JSON, to stay, whatever was there.
    pub fn set_json<T>(&self, key: &str, value: &T) -> Result<(), JsonError<Error>>
    where
        T: Serialize + ?Sized,
    {
        let value = serde_json::to_vec(value).map_err(JsonError::Json)?;
        Ok(self.set(key, value)?)
    }

    /// Sets a value. `false`: the condition did not hold, and nothing changed.
    pub fn set_with(&self, key: &str, value: impl AsRef<[u8]>, options: SetOptions) -> Result<bool, Error> {
        self.0.set(key, value.as_ref(), &options)
    }

    /// Deletes a value. `false`: there was nothing to delete.
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        self.0.delete(key)
    }

    /// Adds to a decimal integer (0 if absent) and returns the sum.
    pub fn increment(&self, key: &str, by: i64) -> Result<i64, Error> {
        self.0.increment(key, by)
    }

    /// All keys that start with `prefix`, in ascending order, fetched page by page.
    pub fn keys(&self, prefix: &str) -> Keys<'_> {
        Keys::new(self, prefix)
    }

    /// One page of the keys that start with `prefix`, after `cursor`, at most `limit` (1 to 1,000).
    pub fn page(&self, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<Page, Error> {
        self.0.keys(prefix, cursor, limit)
    }
}

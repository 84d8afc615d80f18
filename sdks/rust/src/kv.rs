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

mod entry;
mod error;
mod keys;
mod options;

use crate::JsonError;
use crate::bindings::flux::host::kv as host;
use serde::{Serialize, de::DeserializeOwned};

pub use entry::{Entry, Page};
pub use error::Error;
pub use keys::Keys;
pub use options::{Condition, SetOptions};

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

    /// One page of the keys that start with `prefix`, after `cursor`, at most `limit` (1 to 1,000).
    pub fn page(&self, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<Page, Error> {
        self.0.keys(prefix, cursor, limit)
    }
}

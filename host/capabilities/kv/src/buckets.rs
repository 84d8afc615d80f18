//! The buckets of an app, by label.

use std::collections::HashMap;
use std::sync::Arc;

use flux_host::Environment;
use flux_host::bindings::flux::host::kv::{Entry, Error, Page, SetOptions};

use crate::backend::{Backend, MAX_KEY, MAX_PAGE, MAX_VALUE};
use crate::sweeper::Sweeper;

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

    pub(crate) fn bucket(&self, label: &str) -> Result<&Arc<dyn Backend>, Error> {
        self.buckets.get(label).ok_or_else(|| {
            Error::Denied(format!(
                "bucket '{label}' is not in flux.toml [FLX0501]; hint: add [kv.{label}] with sqlite = \"kv.db\", \
                 redis = \"redis://...\" or memory = true"
            ))
        })
    }

    pub(crate) async fn get(&self, label: &str, key: &str) -> Result<Option<Entry>, Error> {
        self.bucket(label)?.get(label, key, self.now_ms()).await
    }

    pub(crate) async fn set(
        &self,
        label: &str,
        key: &str,
        value: &[u8],
        options: &SetOptions,
    ) -> Result<bool, Error> {
        if key.len() > MAX_KEY || value.len() > MAX_VALUE {
            return Err(Error::TooLarge);
        }
        self.bucket(label)?.set(label, key, value, options, self.now_ms()).await
    }

    pub(crate) async fn delete(&self, label: &str, key: &str) -> Result<bool, Error> {
        self.bucket(label)?.delete(label, key, self.now_ms()).await
    }

    pub(crate) async fn increment(&self, label: &str, key: &str, by: i64) -> Result<i64, Error> {
        if key.len() > MAX_KEY {
            return Err(Error::TooLarge);
        }
        self.bucket(label)?.increment(label, key, by, self.now_ms()).await
    }

    pub(crate) async fn keys(
        &self,
        label: &str,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, Error> {
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

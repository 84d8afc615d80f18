//! Buckets in memory: for tests, benches and trying things out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flux_host::bindings::flux::host::kv::{Condition, Entry, Page, SetOptions};

use crate::backend::{Backend, KvFuture, SWEEP, add, number, page};

#[derive(Debug, Clone)]
struct Stored {
    value: Vec<u8>,
    version: u64,
    expires_ms: Option<u64>,
}

#[derive(Debug, Default)]
struct Buckets {
    // Bucket and key; a BTreeMap, so that keys come in order.
    values: BTreeMap<(String, String), Stored>,
    // The keys that have an end, by it: a sweep looks at nothing else.
    ends: BTreeSet<(u64, String, String)>,
    // Never goes back, so that a key that was deleted and set again has another version.
    version: u64,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Memory(Mutex<Buckets>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    fn living(&self, bucket: &str, key: &str, now_ms: u64) -> Option<&Stored> {
        let stored = self.values.get(&(bucket.to_owned(), key.to_owned()))?;
        stored.expires_ms.is_none_or(|expires| now_ms < expires).then_some(stored)
    }

    fn put(&mut self, bucket: &str, key: &str, value: Vec<u8>, expires_ms: Option<u64>) {
        self.version += 1;
        let stored = Stored { value, version: self.version, expires_ms };
        self.remove(bucket, key);
        if let Some(at) = expires_ms {
            self.ends.insert((at, bucket.to_owned(), key.to_owned()));
        }
        self.values.insert((bucket.to_owned(), key.to_owned()), stored);
    }

    fn remove(&mut self, bucket: &str, key: &str) {
        let removed = self.values.remove(&(bucket.to_owned(), key.to_owned()));
        if let Some(at) = removed.and_then(|stored| stored.expires_ms) {
            self.ends.remove(&(at, bucket.to_owned(), key.to_owned()));
        }
    }

    fn sweep(&mut self, now_ms: u64) -> bool {
        for _ in 0..SWEEP {
            match self.ends.first() {
                Some((at, ..)) if *at <= now_ms => {}
                _ => return false,
            }
            if let Some((_, bucket, key)) = self.ends.pop_first() {
                self.values.remove(&(bucket, key));
            }
        }
        true
    }
}

impl Backend for Memory {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, Option<Entry>> {
        let buckets = self.lock();
        let entry = buckets.living(bucket, key, now_ms);
        let entry = entry.map(|it| Entry { value: it.value.clone(), version: it.version.to_string() });
        Box::pin(std::future::ready(Ok(entry)))
    }

    fn set<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        value: &'a [u8],
        options: &'a SetOptions,
        now_ms: u64,
    ) -> KvFuture<'a, bool> {
        let mut buckets = self.lock();
        let before = buckets.living(bucket, key, now_ms).map(|it| it.version.to_string());
        let holds = match &options.only_if {
            None => true,
            Some(Condition::Absent) => before.is_none(),
            Some(Condition::Version(version)) => before.as_ref() == Some(version),
        };
        if holds {
            let expires_ms = options.ttl_ms.map(|ttl| now_ms.saturating_add(ttl));
            buckets.put(bucket, key, value.to_vec(), expires_ms);
        }
        Box::pin(std::future::ready(Ok(holds)))
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        let mut buckets = self.lock();
        let lived = buckets.living(bucket, key, now_ms).is_some();
        buckets.remove(bucket, key);
        Box::pin(std::future::ready(Ok(lived)))
    }

    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> KvFuture<'a, i64> {
        let mut buckets = self.lock();
        let before = buckets.living(bucket, key, now_ms).cloned();
        let sum = match &before {
            None => Ok(by),
            Some(stored) => number(&stored.value).and_then(|before| add(before, by)),
        };
        if let Ok(sum) = &sum {
            buckets.put(bucket, key, sum.to_string().into_bytes(), before.and_then(|it| it.expires_ms));
        }
        Box::pin(std::future::ready(sum))
    }

    fn keys<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        cursor: &'a str,
        limit: u32,
        now_ms: u64,
    ) -> KvFuture<'a, Page> {
        let buckets = self.lock();
        let start = (bucket.to_owned(), prefix.max(cursor).to_owned());
        let all = buckets
            .values
            .range(start..)
            .take_while(|((name, key), _)| name == bucket && key.starts_with(prefix));
        let living = all.filter(|((_, key), stored)| {
            (cursor.is_empty() || key.as_str() > cursor) && stored.expires_ms.is_none_or(|at| now_ms < at)
        });
        let keys = living.map(|((_, key), _)| key.clone()).take(limit as usize + 1).collect();
        Box::pin(std::future::ready(Ok(page(keys, limit))))
    }

    fn sweep<'a>(&'a self, _bucket: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(std::future::ready(Ok(self.lock().sweep(now_ms))))
    }
}

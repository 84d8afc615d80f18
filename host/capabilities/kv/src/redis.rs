//! Buckets in Redis 6 or newer, or Valkey; for buckets that several nodes share.
//!
//! # Keys
//!
//! With the prefix `flux`, the bucket `prices` is:
//!
//! | key | type | holds |
//! |---|---|---|
//! | `flux:{prices}:value:KEY` | hash | `value`, `version`, and `expires` (milliseconds since the Unix epoch) if it has an end |
//! | `flux:{prices}:keys` | sorted set | all keys, each with the score 0: pages come from it in order, without `KEYS` or `SCAN` |
//! | `flux:{prices}:expiries` | sorted set | the keys that have an end, by it |
//! | `flux:{prices}:version` | string | the version that was given last |
//!
//! `%` and `}` of a label are written `%25` and `%7D`. The braces are a hash tag: on a cluster all keys of a
//! bucket are on one node, so that a script may touch them; the URL names that node, since redirections are
//! not followed.
//!
//! # Steps
//!
//! A `get` is one `HMGET`; all else is one Lua script (`EVALSHA`, loaded again if Redis lost it), which no
//! other client can come between. Only a page of which many keys have expired takes several.
//!
//! # Time
//!
//! `now_ms` decides what has expired, as in the other back ends, and not Redis' clock: several hosts must
//! agree with each other anyway. Each write removes some values whose time is over, a page those that it
//! meets, and each node every few seconds the rest, some at a time. Where no node runs any more, Redis itself
//! removes the values an hour later (`PEXPIRE`).
//!
//! A version is a count that is never below the time in microseconds. So none is given twice, and not even
//! by a Redis that came back empty, unless a host's clock went back.
//!
//! # Outages
//!
//! A call that finds no Redis is `unavailable` within five seconds; the first that finds it again works.
//! Nothing is sent twice: a write whose answer was lost is `unavailable` and may have happened.
//!
//! # Operation
//!
//! `maxmemory-policy` has to be `noeviction` or one of `volatile-*`; the others may evict the set of keys.
//! A user of an access control list needs `~flux:*` and `+@read +@write +@scripting +@connection`.

mod error;
mod link;
mod names;
mod scripts;

use std::sync::Arc;

use flux_host::bindings::flux::host::kv::{Condition, Entry, Error, Page, SetOptions};

use crate::backend::{Backend, KvFuture, SWEEP, add, number, page};
pub use error::{Failure, OpenError};
use link::Link;
use names::Names;
use scripts::{EXACT, Scripts};

/// How long Redis keeps a value after its end: clocks that differ by less are not noticed.
const GRACE_MS: u64 = 60 * 60 * 1000;

/// See the [module](self). A clone shares the connection.
#[derive(Debug, Clone)]
pub struct Redis(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: Link,
    prefix: String,
    scripts: Scripts,
}

impl Redis {
    /// What is wrong with a URL.
    pub(crate) fn check_url(url: &str) -> Result<(), String> {
        // Behind the dash is the driver's name of the kind.
        let why = |error: Failure| error.to_string().split(" - ").next().unwrap_or_default().to_owned();
        Link::new(url).map(drop).map_err(why)
    }

    /// Connects to `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS, or
    /// `redis+unix:///path`. All keys begin with `prefix`: apps that share a Redis differ in it.
    ///
    /// A Redis that does not answer is an error here, since a wrong address should show at the start; one
    /// that goes away later makes calls `unavailable` until it is back.
    pub async fn open(url: &str, prefix: &str) -> Result<Self, OpenError> {
        if prefix.contains(['{', '}']) {
            return Err(OpenError::Prefix { prefix: prefix.to_owned() });
        }
        let link = Link::new(url).map_err(|source| OpenError::Address { source })?;
        let answer: Result<(), _> = link.ask(&redis::cmd("PING")).await;
        answer.map_err(|source| OpenError::Connect { address: link.address(), source })?;
        Ok(Self(Arc::new(Shared { link, prefix: prefix.to_owned(), scripts: Scripts::default() })))
    }

    fn names(&self, bucket: &str) -> Names {
        Names::new(&self.0.prefix, bucket)
    }
}

fn unavailable(failure: Failure) -> Error {
    Error::Unavailable(format!("Redis: {failure}"))
}

impl Backend for Redis {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, Option<Entry>> {
        Box::pin(async move {
            let mut command = redis::cmd("HMGET");
            command.arg(self.names(bucket).value(key)).arg(&["value", "version", "expires"]);
            let row: (Option<Vec<u8>>, Option<String>, Option<u64>) =
                self.0.link.ask(&command).await.map_err(unavailable)?;
            let (Some(value), Some(version), expires) = row else { return Ok(None) };
            let living = expires.is_none_or(|at| now_ms.min(EXACT) < at);
            Ok(living.then_some(Entry { value, version }))
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
            let (condition, version) = match &options.only_if {
                None => ("", ""),
                Some(Condition::Absent) => ("absent", ""),
                Some(Condition::Version(version)) => ("version", version.as_str()),
            };
            let mut call = self.0.scripts.set(&self.names(bucket), key, now_ms);
            call.arg(condition).arg(version).arg(value);
            if let Some(ttl_ms) = options.ttl_ms {
                let expires_ms = now_ms.saturating_add(ttl_ms).min(EXACT);
                call.arg(expires_ms).arg(ttl_ms.min(EXACT) + GRACE_MS);
            } else {
                call.arg("").arg("");
            }
            self.0.link.call(&call).await.map_err(unavailable)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a str, key: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let call = self.0.scripts.delete(&self.names(bucket), key, now_ms);
            self.0.link.call(&call).await.map_err(unavailable)
        })
    }

    fn increment<'a>(&'a self, bucket: &'a str, key: &'a str, by: i64, now_ms: u64) -> KvFuture<'a, i64> {
        Box::pin(async move {
            let mut call = self.0.scripts.increment(&self.names(bucket), key, now_ms);
            let (added, text): (bool, Vec<u8>) = self.0.link.call(call.arg(by)).await.map_err(unavailable)?;
            if added {
                return number(&text);
            }
            // The script hands back what it could not add to: why not is said in one place.
            number(&text).and_then(|before| add(before, by))?;
            Err(Error::Unavailable(format!("Redis did not add {by}")))
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
            let (names, wanted) = (self.names(bucket), limit as usize + 1);
            let (mut from, to) = names::range(prefix, cursor);
            let mut keys: Vec<String> = Vec::new();
            // Again only where keys had expired, and those are gone then.
            while keys.len() < wanted {
                let mut call = self.0.scripts.keys(&names, "", now_ms);
                call.arg(&from).arg(&to).arg(wanted);
                let (living, last): (Vec<String>, Option<Vec<u8>>) =
                    self.0.link.call(&call).await.map_err(unavailable)?;
                keys.extend(living);
                let Some(last) = last else { break };
                from = names::after(&last);
            }
            Ok(page(keys, limit))
        })
    }

    fn sweep<'a>(&'a self, bucket: &'a str, now_ms: u64) -> KvFuture<'a, bool> {
        Box::pin(async move {
            let mut call = self.0.scripts.sweep(&self.names(bucket), now_ms);
            self.0.link.call(call.arg(SWEEP)).await.map_err(unavailable)
        })
    }
}

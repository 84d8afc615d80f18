//! A bucket that answers by the key.

use flux_cap_kv::{Backend, KvFuture};
use flux_host::bindings::flux::host::kv::{Entry, Error, Page, SetOptions};

use super::{BYTES, TEXT, large};

/// See the [module](self).
pub struct Scripted;

/// The error that a key, or a prefix, is the name of.
fn check(key: &str) -> Result<(), Error> {
    match key {
        "denied" => Err(Error::Denied(format!("not this one: {TEXT}"))),
        "too-large" => Err(Error::TooLarge),
        "unavailable" => Err(Error::Unavailable(String::new())),
        _ => Ok(()),
    }
}

fn get(bucket: &str, key: &str) -> Option<Entry> {
    let entry =
        |value: &[u8], version: &str| Some(Entry { value: value.to_vec(), version: version.to_owned() });
    match key {
        "absent" => None,
        "empty" => entry(b"", ""),
        "bytes" => entry(BYTES, "9007199254740993"),
        "large" => entry(&large(), "large"),
        _ => entry(key.as_bytes(), bucket),
    }
}

fn page(prefix: &str, cursor: &str) -> Page {
    let page = |keys: &[&str], next: Option<&str>| Page {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        next: next.map(str::to_owned),
    };
    match (prefix, cursor) {
        ("one", _) => page(&["one"], Some("")),
        (TEXT, _) => page(&["", TEXT], Some(TEXT)),
        ("many", _) => Page { keys: (0..1000).map(|number| format!("many-{number}")).collect(), next: None },
        ("pages", "") => page(&["pages-1", "pages-2"], Some("pages-2")),
        ("pages", "pages-2") => page(&["pages-3"], None),
        _ => page(&[], None),
    }
}

impl Backend for Scripted {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str, _: u64) -> KvFuture<'a, Option<Entry>> {
        Box::pin(async move { check(key).map(|()| get(bucket, key)) })
    }

    fn set<'a>(
        &'a self,
        _: &'a str,
        key: &'a str,
        _: &'a [u8],
        _: &'a SetOptions,
        _: u64,
    ) -> KvFuture<'a, bool> {
        Box::pin(async move { check(key).map(|()| key != "false") })
    }

    fn delete<'a>(&'a self, _: &'a str, key: &'a str, _: u64) -> KvFuture<'a, bool> {
        Box::pin(async move { check(key).map(|()| key != "false") })
    }

    fn increment<'a>(&'a self, _: &'a str, key: &'a str, by: i64, _: u64) -> KvFuture<'a, i64> {
        Box::pin(async move { check(key).map(|()| by) })
    }

    fn keys<'a>(
        &'a self,
        _: &'a str,
        prefix: &'a str,
        cursor: &'a str,
        _: u32,
        _: u64,
    ) -> KvFuture<'a, Page> {
        Box::pin(async move { check(prefix).map(|()| page(prefix, cursor)) })
    }
}

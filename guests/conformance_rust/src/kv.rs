//! `/kv`: buckets.

use crate::canonical::{Canonical, Report, error};
use crate::edges::{BEYOND_DOUBLE, BYTES, TEXT, large_bytes};
use flux_sdk::http;
use flux_sdk::http::Response;
use flux_sdk::kv::{Bucket, Condition, Entry, Error, Page, SetOptions};

/// The keys that the host answers with an error.
const FAILING: [&str; 3] = ["denied", "too-large", "unavailable"];

pub fn run() -> Result<Response, http::Error> {
    let mut report = Report::default();
    report.line("kv.open", "missing", &Bucket::open("missing").map(drop));
    let main = Bucket::open("main")?;
    let other = Bucket::open(TEXT)?;
    get(&mut report, &main);
    report.line("kv.get", "text", &other.get("text"));
    set(&mut report, &main)?;
    delete(&mut report, &main);
    increment(&mut report, &main);
    pages(&mut report, &main);
    Ok(report.respond())
}

/// An error that no handler looks at.
pub fn uncaught() -> Result<Response, http::Error> {
    Bucket::open("missing")?;
    Ok(Response::status(204))
}

fn get(report: &mut Report, bucket: &Bucket) {
    for key in ["absent", "empty", "text", "bytes", "large", "", TEXT].into_iter().chain(FAILING) {
        report.line("kv.get", key, &bucket.get(key));
    }
}

fn set(report: &mut Report, bucket: &Bucket) -> Result<(), Error> {
    let mut set = |key: &str, value: &[u8], ttl_ms, only_if| {
        report.line("kv.set", key, &bucket.set_with(key, value, SetOptions { ttl_ms, only_if }));
    };
    let version = |version: &str| Some(Condition::Version(version.to_owned()));
    set("plain", b"value", None, None);
    set("", b"", Some(0), None);
    set(TEXT, BYTES, Some(1), Some(Condition::Absent));
    set("ttl", b"1", Some(BEYOND_DOUBLE as u64), version(""));
    set("ttl", b"2", Some(u64::MAX), version(TEXT));
    set("large", &large_bytes(), None, None);
    // What was lifted goes down again: the journal has each of its bytes.
    let large = bucket.get("large")?.map(|entry| entry.value).unwrap_or_default();
    set("large", &large, None, None);
    set("false", b"", None, Some(Condition::Absent));
    for key in FAILING {
        set(key, b"", None, None);
    }
    Ok(())
}

fn delete(report: &mut Report, bucket: &Bucket) {
    for key in ["there", "false", TEXT].into_iter().chain(FAILING) {
        report.line("kv.delete", key, &bucket.delete(key));
    }
}

/// The host answers with what was to be added.
fn increment(report: &mut Report, bucket: &Bucket) {
    for by in [0, 1, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, i64::MIN, i64::MAX] {
        report.line("kv.increment", "by", &bucket.increment("by", by));
    }
    for key in FAILING {
        report.line("kv.increment", key, &bucket.increment(key, 1));
    }
}

fn pages(report: &mut Report, bucket: &Bucket) {
    report.line("kv.page", "", &bucket.page("", None, 1000));
    report.line("kv.page", "one", &bucket.page("one", Some(""), 1));
    report.line("kv.page", TEXT, &bucket.page(TEXT, Some(TEXT), 0));
    report.line("kv.page", "many", &bucket.page("many", None, u32::MAX));
    for prefix in FAILING {
        report.line("kv.page", prefix, &bucket.page(prefix, None, 1));
    }
    // All pages by the SDK's iterator, two calls.
    let all: Result<Vec<_>, _> = bucket.keys("pages").collect();
    report.line("kv.keys", "pages", &all);
}

impl Canonical for Entry {
    fn canonical(&self) -> String {
        format!("{} version {}", self.value.as_slice().canonical(), self.version.canonical())
    }
}

impl Canonical for Page {
    fn canonical(&self) -> String {
        format!("{} next {}", self.keys.canonical(), self.next.canonical())
    }
}

impl Canonical for Error {
    fn canonical(&self) -> String {
        let (case, carried) = match self {
            Self::Denied(why) => ("denied", vec![why.canonical()]),
            Self::TooLarge => ("too-large", Vec::new()),
            Self::Unavailable(why) => ("unavailable", vec![why.canonical()]),
        };
        error(case, &carried, &self.to_string())
    }
}

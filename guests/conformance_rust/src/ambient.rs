//! `/ambient`: clock, random, config and log.

use crate::canonical::{Canonical, Report};
use crate::edges::TEXT;
use flux_sdk::http::{Error, Response};
use flux_sdk::log::Level;
use flux_sdk::{clock, config, log, random};
use std::time::Duration;

pub fn run() -> Result<Response, Error> {
    let mut report = Report::default();
    let now = clock::now();
    report.line("clock.now", "seconds", &now.seconds);
    report.line("clock.now", "nanoseconds", &u64::from(now.nanoseconds));
    report.line("clock.now", "text", &now.to_rfc3339());
    for ms in [0, 1] {
        clock::sleep(Duration::from_millis(ms));
    }
    report.line("clock.monotonic", "", &(clock::monotonic().as_nanos() as u64));
    for len in [0, 1, 16, 100, 65_536] {
        report.line("random.bytes", &len.to_string(), random::bytes(len).as_slice());
    }
    report.line("random.uuid", "", &random::uuid_v4());
    for key in ["plain", "empty", "absent", TEXT, ""] {
        report.line("config.get", key, &config::get(key));
    }
    for name in ["token", "empty", "absent", TEXT] {
        report.line("config.secret", name, &config::secret(name));
    }
    lines();
    Ok(report.respond())
}

/// A line of every level.
fn lines() {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    log::write(Level::Trace, "", &[]);
    log::write(Level::Debug, TEXT, &[field("", "")]);
    log::write(Level::Info, "many", &[field("twice", "1"), field("twice", "2"), field(TEXT, TEXT)]);
    log::write(Level::Warn, "two\nlines", &[field("text", &"a".canonical())]);
    log::write(Level::Error, "last", &[field("n", "9007199254740993")]);
}

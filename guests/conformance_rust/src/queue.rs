//! `/queue`: sending jobs.

use crate::canonical::{Canonical, Report, error};
use crate::edges::{BEYOND_DOUBLE, BYTES, TEXT, large_bytes};
use flux_sdk::http;
use flux_sdk::http::Response;
use flux_sdk::queue::{Error, Options, send};

pub fn run() -> Result<Response, http::Error> {
    let mut report = Report::default();
    for queue in ["missing", "jobs", "empty", TEXT, "denied", "too-large", "unavailable"] {
        report.line("queue.send", queue, &send(queue, b"job"));
    }
    for payload in [b"", BYTES, large_bytes().as_slice()] {
        report.line("queue.send", "jobs", &send("jobs", payload));
    }
    for options in options() {
        report.line("queue.send", "jobs", &options.send("jobs", b"job"));
    }
    Ok(report.respond())
}

fn options() -> [Options; 6] {
    let plain = Options::default;
    [
        Options { delay_ms: Some(0), ..plain() },
        Options { delay_ms: Some(BEYOND_DOUBLE as u64), ..plain() },
        Options { idempotency_key: Some(String::new()), ..plain() },
        Options { max_attempts: Some(0), ..plain() },
        Options {
            delay_ms: Some(u64::MAX),
            idempotency_key: Some(TEXT.to_owned()),
            max_attempts: Some(u32::MAX),
        },
        plain(),
    ]
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

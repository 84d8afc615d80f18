//! The job handler: what becomes of a job stands at the beginning of its payload.

use crate::canonical::Canonical;
use flux_sdk::jobs::{Failure, Job};
use flux_sdk::kv::Bucket;
use flux_sdk::log;

pub fn run(job: &Job) -> Result<(), Failure> {
    let begins = |with: &str| job.payload.starts_with(with.as_bytes());
    match () {
        () if begins("retry") => Err(Failure::retry(describe(job))),
        () if begins("discard") => Err(Failure::discard(describe(job))),
        () if begins("empty") => Err(Failure::discard("")),
        () if begins("uncaught") => Ok(Bucket::open("missing").map(drop)?),
        () => {
            log::write(log::Level::Info, &describe(job), &[]);
            Ok(())
        }
    }
}

/// The job, as it was lifted.
fn describe(job: &Job) -> String {
    let payload = job.payload.as_slice().canonical();
    let attempt = u64::from(job.attempt).canonical();
    format!("job {} {} {attempt} {payload}", job.id.canonical(), job.queue.canonical())
}

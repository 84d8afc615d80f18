//! What runs into a limit of the host.

use flux_sdk::http::{Error, Response};
use flux_sdk::kv::Bucket;
use flux_sdk::{clock, log};
use std::time::Duration;

const MIB: usize = 1 << 20;

/// Allocates until it is refused, and says how much it got.
pub fn memory() -> Result<Response, Error> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut block = Vec::new();
        if block.try_reserve_exact(MIB).is_err() {
            break;
        }
        // Memory that is not touched may never be given.
        block.resize(MIB, 1);
        blocks.push(block);
    }
    let got = blocks.len();
    drop(blocks);
    Ok(Response::text(200, format!("refused after {got} MiB\n")))
}

/// Writes 10,000 lines to the log.
pub fn flood() -> Result<Response, Error> {
    for line in 0..10_000 {
        log::info!("a line of a flood", line = line);
    }
    Ok(Response::text(200, "10000 lines\n"))
}

/// Answers with 64 MiB.
pub fn big() -> Result<Response, Error> {
    Ok(Response::status(200).body(vec![b'x'; 64 * MIB]))
}

/// Sleeps.
pub fn sleep(millis: u32) -> Result<Response, Error> {
    clock::sleep(Duration::from_millis(millis.into()));
    Ok(Response::text(200, format!("slept {millis} ms\n")))
}

/// Hands the host a value of so many MiB, and says what it answers.
pub fn arguments(mib: u32) -> Result<Response, Error> {
    let value = vec![b'x'; mib as usize * MIB];
    let text = match Bucket::open("b")?.set("key", &value) {
        Ok(()) => "taken".to_owned(),
        Err(error) => error.to_string(),
    };
    Ok(Response::text(200, text + "\n"))
}

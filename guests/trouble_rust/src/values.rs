//! What is no trouble by itself, and shows what the host records.

use flux_sdk::http::{Error, Response};
use flux_sdk::kv::Bucket;
use flux_sdk::{clock, config, log, queue, random};

/// Text that moves a terminal's cursor, turns the direction of reading round and looks like lines of Flux.
pub const HOSTILE: &str =
    "\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{7f}\u{7}\u{2028}\r\n   0 -> forged\nforged\thint: forged";

/// Says it wherever a guest can say something, and ends with it.
pub fn hostile() -> ! {
    log::warn!("{HOSTILE}", field = HOSTILE);
    println!("{HOSTILE}");
    eprintln!("{HOSTILE}");
    let found = Bucket::open("b").and_then(|bucket| bucket.get(HOSTILE));
    panic!("{HOSTILE} {found:?}");
}

/// Writes one line to each of the standard streams.
pub fn stdout() -> Result<Response, Error> {
    println!("a line on stdout");
    eprintln!("a line on stderr");
    Ok(Response::text(200, "two lines\n"))
}

/// Asks for a key `n` times.
pub fn calls(n: u32) -> Result<Response, Error> {
    let bucket = Bucket::open("b")?;
    let mut found = 0;
    for call in 0..n {
        found += u32::from(bucket.get(&format!("key-{call}"))?.is_some());
    }
    Ok(Response::text(200, format!("{found} of {n} found\n")))
}

/// Reads everything that a replay must answer from the record.
pub fn stream() -> Result<Response, Error> {
    let lines = [
        format!("uuid {}", random::uuid_v4()),
        format!("number {}", random::u64()),
        format!("now {}", clock::now()),
        format!("monotonic {}", clock::monotonic().as_nanos()),
        format!("config {:?}", config::get("greeting")),
        format!("secret {}", config::secret("password").is_some()),
    ];
    Ok(Response::text(200, lines.join("\n") + "\n"))
}

/// Opens a bucket, and answers with the error if it may not.
pub fn bucket(name: &str) -> Result<Response, Error> {
    let text = match Bucket::open(name) {
        Ok(_) => "open".to_owned(),
        Err(error) => error.to_string(),
    };
    Ok(Response::text(200, text + "\n"))
}

/// Counts how often it was asked, in the bucket `b`.
pub fn count(key: &str) -> Result<Response, Error> {
    let count = Bucket::open("b")?.increment(key, 1)?;
    Ok(Response::text(200, format!("{count}\n")))
}

/// Sends a job.
pub fn send(payload: &str) -> Result<Response, Error> {
    let id = queue::send("outbox", payload)?;
    Ok(Response::text(200, id + "\n"))
}

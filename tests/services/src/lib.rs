//! What tests need of the world: the services that scripts/services.sh starts, a database of a test's own on
//! one of them, and a PostgreSQL server of a test's own, to be stopped in its middle.
//!
//! For tests of all crates, which have it as a dev-dependency. It fails by panicking, as tests do.
#![expect(clippy::unwrap_used, reason = "this is part of tests")]

mod database;
mod server;

use std::cell::Cell;
use std::io::Write;

pub use database::Database;
pub use server::Server;

/// PostgreSQL, by its URL.
pub const POSTGRES: &str = "FLUX_TEST_POSTGRES";
/// Redis, by its URL.
pub const REDIS: &str = "FLUX_TEST_REDIS";
/// NATS with JetStream, by its URL.
pub const NATS: &str = "FLUX_TEST_NATS";

/// The address of a service. Where it is not given, the test is skipped, or fails if
/// `FLUX_REQUIRE_SERVICES` is set.
pub fn service(variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok();
    if address.is_none() {
        skip(&format!("{variable} is not set"));
    }
    address
}

/// Says that a test does not run, and why. Not by `eprintln`, which is kept from who runs tests that pass.
pub fn skip(why: &str) {
    let required = std::env::var_os("FLUX_REQUIRE_SERVICES").is_some();
    let hint = "run make test, or eval \"$(scripts/services.sh start)\" and \"$(scripts/languages.sh)\"";
    assert!(!required, "{why}: {hint}");
    say_skipped(why);
}

/// The same where nobody can bring what the test needs, such as a right of root's.
pub fn say_skipped(why: &str) {
    // A test has a thread, and may come here often.
    if !SAID.replace(true) {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let line = format!("SKIPPED {test}: {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}

thread_local! {
    static SAID: Cell<bool> = const { Cell::new(false) };
}

//! Jobs that are sent inside a transaction, which then ends in one way or another.

use flux_sdk::db::{Connection, params};
use flux_sdk::http::{Error, Response};
use flux_sdk::jobs::{Failure, Job};
use flux_sdk::{clock, log, queue};
use std::time::Duration;

/// Writes a note and sends a job in one transaction, which ends as `how` says.
pub fn outbox(how: &str) -> Result<Response, Error> {
    let db = Connection::open("main")?;
    db.execute("CREATE TABLE IF NOT EXISTS notes (text text NOT NULL)", params![])?;
    let tx = db.begin()?;
    tx.execute("INSERT INTO notes (text) VALUES ($1)", params![how])?;
    queue::send("outbox", how)?;
    match how {
        "commit" => tx.commit()?,
        "rollback" => tx.rollback()?,
        "drop" => drop(tx),
        // Left open until the execution ends.
        _ => std::mem::forget(tx),
    }
    let notes = db.query("SELECT text FROM notes", params![])?;
    Ok(Response::text(200, format!("{} notes\n", notes.len())))
}

/// Drops a transaction and sends a job: after it, or, in another build, before it. Then the job is part of
/// what is undone.
pub fn dropped() -> Result<Response, Error> {
    let db = Connection::open("main")?;
    db.execute("CREATE TABLE IF NOT EXISTS notes (text text NOT NULL)", params![])?;
    let tx = db.begin()?;
    tx.execute("INSERT INTO notes (text) VALUES ($1)", params!["dropped"])?;
    if cfg!(feature = "late") {
        queue::send("outbox", "dropped")?;
        drop(tx);
    } else {
        drop(tx);
        queue::send("outbox", "dropped")?;
    }
    Ok(Response::text(200, "dropped\n"))
}

/// Leaves a transaction open, and ends with a panic.
pub fn panic_in_it() -> Result<Response, Error> {
    let db = Connection::open("main")?;
    let tx = db.begin()?;
    tx.query("SELECT 1", params![])?;
    std::mem::forget(tx);
    panic!("with an open transaction")
}

pub fn run(job: &Job) -> Result<(), Failure> {
    log::info!("a job ran", payload = String::from_utf8_lossy(&job.payload));
    match job.payload.as_slice() {
        b"retry" => Err(Failure::retry("it was asked to")),
        b"discard" => Err(Failure::discard("it was asked to")),
        b"hostile" => Err(Failure::discard(crate::values::HOSTILE)),
        // Longer than a lease, which is 30 seconds.
        b"slow" if job.attempt == 1 => {
            clock::sleep(Duration::from_secs(35));
            Ok(())
        }
        _ => Ok(()),
    }
}

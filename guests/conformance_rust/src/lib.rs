//! The conformance scenario: guests/CONFORMANCE.md says what it is for and how it is written.
//!
//! Each path makes a fixed sequence of calls and answers with what they gave, in the canonical text.

mod ambient;
mod bug;
mod canonical;
mod db;
mod edges;
mod fetch;
mod http;
mod jobs;
mod kv;
mod queue;

use flux_sdk::http::{Error, Request, Response};
use flux_sdk::jobs::{Failure, Job};

#[flux_sdk::http_handler]
fn handle(request: Request) -> Result<Response, Error> {
    match request.path.as_str() {
        "/kv" => kv::run(),
        "/db" => db::run(),
        "/queue" => queue::run(),
        "/fetch" => fetch::run(),
        "/ambient" => ambient::run(),
        "/mirror" => http::mirror(request),
        "/problem" => Err(Error::new(418, http::DETAIL)),
        "/uncaught" => kv::uncaught(),
        "/bug" => bug::fail(),
        _ => Ok(http::describe(&request)),
    }
}

#[flux_sdk::job_handler]
fn run(job: Job) -> Result<(), Failure> {
    jobs::run(&job)
}

//! A guest that goes wrong in the way its path asks for, for the tests of the host.

mod answers;
mod handles;
mod limits;
mod outbox;
mod traps;
mod values;

use flux_sdk::http::{Error, Request, Response};
use flux_sdk::jobs::{Failure, Job};

#[flux_sdk::http_handler]
fn handle(request: Request) -> Result<Response, Error> {
    match request.path.as_str() {
        "/answer" => answers::answer(&request),
        "/panic" => traps::panic(&request),
        "/trap" => traps::trap(),
        "/loop" => traps::endless(),
        "/recurse" => traps::recurse(),
        "/memory" => limits::memory(),
        "/flood" => limits::flood(),
        "/big" => limits::big(),
        "/sleep" => limits::sleep(number(&request, "ms")?),
        "/stdout" => values::stdout(),
        "/hostile" => values::hostile(),
        "/calls" => values::calls(number(&request, "n")?),
        "/stream" => values::stream(),
        "/arguments" => limits::arguments(number(&request, "mib")?),
        "/leak" => handles::leak(number(&request, "n")?),
        "/closed" => handles::closed(),
        "/foreign" => handles::foreign(),
        "/dropped" => outbox::dropped(),
        "/open-panic" => outbox::panic_in_it(),
        path => match path.strip_prefix("/").and_then(|path| path.split_once('/')) {
            Some(("echo", _)) => answers::echo(&request),
            Some(("bucket", name)) => values::bucket(name),
            Some(("outbox", how)) => outbox::outbox(how),
            Some(("count", key)) => values::count(key),
            Some(("send", payload)) => values::send(payload),
            _ => Err(Error::not_found(format!("no trouble at {path}"))),
        },
    }
}

#[flux_sdk::job_handler]
fn run(job: Job) -> Result<(), Failure> {
    outbox::run(&job)
}

fn number(request: &Request, name: &str) -> Result<u32, Error> {
    let value = request.query_param(name);
    let number = value.and_then(|value| value.parse().ok());
    number.ok_or_else(|| Error::bad_request(format!("`{name}` must be a number")))
}

//! A guest that copies personal data wherever it can, for the tests of redaction: from a request's
//! headers and body into a bucket, a database, a request, a job, log lines, stdout and its response.
//!
//! `POST /join` takes `{"id","email","card","account"}`, a cookie `session` and an authorization.
//! `POST /panic` takes the same, and says it in a panic.

mod people;

use flux_sdk::http::{Error, Request, Response};
use flux_sdk::jobs::{Failure, Job};
use flux_sdk::kv::Bucket;
use flux_sdk::{config, fetch, log, queue};
use serde::{Deserialize, Serialize};

use people::Person;

#[derive(Serialize)]
struct Joined<'a> {
    email: &'a str,
    seen: Vec<String>,
    session: &'a str,
    key: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Mail {
    id: String,
    email: String,
}

#[flux_sdk::http_handler]
fn handle(request: Request) -> Result<Response, Error> {
    let person: Person = request.json()?;
    match request.path.as_str() {
        "/panic" => panic!("no room for {} with {}", person.email, person.card),
        _ => join(&request, &person),
    }
}

fn join(request: &Request, person: &Person) -> Result<Response, Error> {
    let session = request.header("cookie").and_then(|it| it.strip_prefix("session="));
    let session = session.ok_or_else(|| Error::bad_request("there is no session"))?;
    let bearer = request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
    let bearer = bearer.ok_or_else(|| Error::bad_request("there is no bearer"))?;
    let key = config::require_secret("payments_key")?;
    let bucket = Bucket::open("sessions")?;
    bucket.set(session, request.body.clone())?;
    let kept = bucket.get(session)?.ok_or_else(|| Error::not_found("the session is gone"))?;
    println!("{} was kept for {bearer}", String::from_utf8_lossy(&kept.value));
    let Person { email, card, .. } = person;
    if let Err(error) = people::insert(person) {
        log::warn!("{email} did not join", error = error);
        return Err(Error::conflict(format!("{email} is here: {error}")));
    }
    charge(request, person, &key)?;
    queue::send_json("mail", &Mail { id: person.id.clone(), email: person.email.clone() })?;
    log::info!("{email} joined", card = card, bearer = bearer, key = key);
    let seen = people::of(email)?;
    Response::json(201, &Joined { email, seen, session, key: &key })
}

/// The body goes on as it came, numbers and white space included.
fn charge(request: &Request, person: &Person, key: &str) -> Result<(), Error> {
    let url = format!("{}/charge?to={}", config::require("payments_url")?, person.email.replace('@', "%40"));
    let response = fetch::Request::post(url)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(request.body.clone())
        .send()?;
    match response.is_success() {
        true => Ok(()),
        false => Err(Error::bad_gateway(format!("{} cannot pay", person.email))),
    }
}

#[flux_sdk::job_handler]
fn run(job: Job) -> Result<(), Failure> {
    let mail: Mail = job.json()?;
    // A build that is wrong: it writes to somebody else.
    let to = if cfg!(feature = "changed") { "somebody@else.example" } else { mail.email.as_str() };
    let seen = people::of(to)?;
    log::info!("mailed {to}", seen = seen.len());
    Ok(())
}

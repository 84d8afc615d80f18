//! The sample application of every Flux SDK: a small shop.
//!
//! `POST /orders` validates an order, reads its price, charges it, stores it and queues its
//! receipt. `GET /orders/{id}` and `GET /orders?limit&cursor` read orders, `PUT /prices/{sku}` sets
//! a price. The job handler of queue `receipts` marks an order as mailed.
//!
//! Every language gives the same bytes and makes the same calls in the same order, so texts are
//! fixed ones and never a library's.

mod payments;
mod place;
mod prices;
mod read;
mod receipts;
mod store;
mod validation;

use flux_sdk::http::{Error, Request, Response};
use flux_sdk::jobs::{Failure, Job};

#[flux_sdk::http_handler]
fn handle(request: Request) -> Result<Response, Error> {
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["orders"]) => place::place(&request),
        ("GET", ["orders"]) => read::list(&request),
        ("GET", ["orders", id]) => read::one(request.param("id").unwrap_or(id)),
        ("PUT", ["prices", sku]) => prices::put(request.param("sku").unwrap_or(sku), &request),
        _ => Err(Error::not_found("there is nothing at this path")),
    }
}

#[flux_sdk::job_handler]
fn run(job: Job) -> Result<(), Failure> {
    receipts::mail(&job)
}

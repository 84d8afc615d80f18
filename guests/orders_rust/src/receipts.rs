//! Receipts: a job of queue `receipts` for every order.

use crate::store::{self, Order};
use flux_sdk::jobs::{Failure, Job};
use flux_sdk::{JsonError, log, queue};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Receipt {
    order: String,
}

pub fn send(order: &str) -> Result<String, JsonError<queue::Error>> {
    queue::send_json("receipts", &Receipt { order: order.to_owned() })
}

pub fn mail(job: &Job) -> Result<(), Failure> {
    let receipt: Receipt = job.json().map_err(|_| Failure::discard("the payload must name an order"))?;
    let db = store::open()?;
    let order: Option<Order> = store::by_id(&db, &receipt.order)?.decode_first()?;
    let order = order.ok_or_else(|| Failure::discard(format!("there is no order {}", receipt.order)))?;
    if job.attempt == 1 && order.email.starts_with("flaky") {
        log::warn!("receipt postponed", order = order.id, attempt = job.attempt);
        return Err(Failure::retry("the mail server asks to try again"));
    }
    store::mark_mailed(&db, &order.id)?;
    log::info!("receipt mailed", order = order.id, attempt = job.attempt);
    Ok(())
}

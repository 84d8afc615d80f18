//! The payment service.

use crate::store::Order;
use flux_sdk::fetch::Request;
use flux_sdk::http::Error;
use flux_sdk::{config, log};
use serde::Serialize;

/// What the service is told, in the order it is written.
#[derive(Serialize)]
struct Charge<'a> {
    order: &'a str,
    sku: &'a str,
    quantity: i64,
    amount_cents: i64,
    email: &'a str,
}

pub fn charge(order: &Order) -> Result<(), Error> {
    let response = request(order)?.send().map_err(|error| {
        log::warn!("charge failed", order = order.id, error = error.code());
        Error::bad_gateway(format!("the payment service did not answer: {}", error.code()))
    })?;
    if response.is_success() {
        return Ok(());
    }
    log::warn!("charge refused", order = order.id, status = response.status);
    Err(Error::bad_gateway(format!("the payment service answered {}", response.status)))
}

fn request(order: &Order) -> Result<Request, Error> {
    let url = format!("{}/charge", config::require("payments_url")?);
    let request = Request::post(url).json(&Charge {
        order: &order.id,
        sku: &order.sku,
        quantity: order.quantity,
        amount_cents: order.amount_cents,
        email: &order.email,
    })?;
    Ok(match config::secret("payments_key") {
        Some(key) => request.header("authorization", format!("Bearer {key}")),
        None => request,
    })
}

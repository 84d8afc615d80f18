//! Placing an order.

use crate::store::Order;
use crate::validation::{self, NewOrder};
use crate::{payments, prices, receipts, store};
use flux_sdk::http::{Error, Request, Response};
use flux_sdk::{clock, log, random};

pub fn place(request: &Request) -> Result<Response, Error> {
    let wanted = validation::order(request)?;
    let price = prices::get(&wanted.sku)?;
    let order = price_order(wanted, price);
    payments::charge(&order)?;
    let order = Order { created_at: clock::now().to_rfc3339(), ..order };
    store::insert(&order)?;
    receipts::send(&order.id)?;
    log::info!("order placed", order = order.id, sku = order.sku, cents = order.amount_cents);
    Response::json(201, &order)
}

/// The order as it will be stored, but for its time: an order is created when it was paid.
fn price_order(wanted: NewOrder, price: i64) -> Order {
    Order {
        id: random::uuid_v4(),
        amount_cents: amount_cents(price, wanted.quantity),
        sku: wanted.sku,
        quantity: wanted.quantity,
        email: wanted.email,
        status: "placed".to_owned(),
        created_at: String::new(),
    }
}

/// Validation keeps both numbers so small that their product is exact.
fn amount_cents(price: i64, quantity: i64) -> i64 {
    // The bug of the changed build, which no order of one piece shows.
    let charged = if cfg!(feature = "changed") { 1 } else { quantity };
    price * charged
}

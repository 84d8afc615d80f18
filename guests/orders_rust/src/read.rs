//! Reading orders.

use crate::store::{self, Order};
use crate::validation;
use flux_sdk::http::{Error, Request, Response};
use serde::Serialize;

/// A page; `next` is the cursor of the one that follows, null after the last.
#[derive(Serialize)]
struct Page {
    orders: Vec<Order>,
    next: Option<String>,
}

pub fn one(id: &str) -> Result<Response, Error> {
    let order: Option<Order> = store::by_id(&store::open()?, id)?.decode_first()?;
    let order = order.ok_or_else(|| Error::not_found(format!("there is no order {id}")))?;
    Response::json(200, &order)
}

pub fn list(request: &Request) -> Result<Response, Error> {
    let limit = validation::limit(request)?;
    let cursor = request.query_param("cursor").unwrap_or_default();
    // One more than is shown tells whether there is another page.
    let mut orders: Vec<Order> = store::after(&store::open()?, &cursor, limit + 1)?.decode()?;
    let more = orders.len() > limit as usize;
    orders.truncate(limit as usize);
    let next = orders.last().filter(|_| more).map(|order| order.id.clone());
    Response::json(200, &Page { orders, next })
}

//! Prices: bucket `prices` holds cents as decimal text, by SKU.

use crate::validation;
use flux_sdk::http::{Error, Request, Response};
use flux_sdk::kv::Bucket;
use flux_sdk::log;

pub fn get(sku: &str) -> Result<i64, Error> {
    let entry = Bucket::open("prices")?.get(sku)?;
    let entry = entry.ok_or_else(|| Error::not_found(format!("there is no price for {sku}")))?;
    Ok(entry.text()?.parse::<i64>()?)
}

pub fn put(sku: &str, request: &Request) -> Result<Response, Error> {
    let cents = validation::price(sku, request)?;
    Bucket::open("prices")?.set(sku, cents.to_string())?;
    log::info!("price set", sku = sku, cents = cents);
    Ok(Response::status(204))
}

//! What is accepted. All faults of an order are told at once, in the order of its fields.

use flux_sdk::http::{Error, Request};
use serde_json::{Map, Value};

/// The highest price, a million: with the highest quantity it still is an exact number in JSON.
const MAX_CENTS: i64 = 100_000_000;
const MAX_QUANTITY: i64 = 1000;
const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 20;

const SKU: &str = "sku must be 1 to 64 letters, digits, hyphens or underscores";
const QUANTITY: &str = "quantity must be an integer from 1 to 1000";
const EMAIL: &str = "email must be an address";
const CENTS: &str = "cents must be an integer from 0 to 100000000";
const LIMIT: &str = "limit must be an integer from 1 to 100";

/// An order as it was asked for.
pub struct NewOrder {
    pub sku: String,
    pub quantity: i64,
    pub email: String,
}

pub fn order(request: &Request) -> Result<NewOrder, Error> {
    let body = object(request)?;
    let sku = text(&body, "sku").filter(|sku| is_sku(sku));
    let quantity = integer(&body, "quantity", 1, MAX_QUANTITY);
    let email = text(&body, "email").filter(|email| is_email(email));
    let (Some(sku), Some(quantity), Some(email)) = (sku, quantity, email) else {
        let checks = [(sku.is_some(), SKU), (quantity.is_some(), QUANTITY), (email.is_some(), EMAIL)];
        let faults = checks.into_iter().filter(|(valid, _)| !valid).map(|(_, fault)| fault);
        return Err(Error::unprocessable(faults.collect::<Vec<_>>().join("; ")));
    };
    Ok(NewOrder { sku: sku.to_owned(), quantity, email: email.to_owned() })
}

pub fn price(sku: &str, request: &Request) -> Result<i64, Error> {
    if !is_sku(sku) {
        return Err(Error::unprocessable(SKU));
    }
    integer(&object(request)?, "cents", 0, MAX_CENTS).ok_or_else(|| Error::unprocessable(CENTS))
}

/// The size of a page; 20 if none is asked for.
pub fn limit(request: &Request) -> Result<u32, Error> {
    let Some(text) = request.query_param("limit") else {
        return Ok(DEFAULT_LIMIT);
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| Error::unprocessable(LIMIT))
}

fn object(request: &Request) -> Result<Map<String, Value>, Error> {
    serde_json::from_slice(&request.body).map_err(|_| Error::bad_request("the body must be a JSON object"))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str()
}

/// 2.0 is an integer too: in some languages a JSON number does not tell them apart.
fn integer(body: &Map<String, Value>, name: &str, min: i64, max: i64) -> Option<i64> {
    let number = body.get(name)?.as_f64()?;
    let valid = number.fract() == 0.0 && number >= min as f64 && number <= max as f64;
    valid.then_some(number as i64)
}

/// ASCII only, so that its length is the same in every language.
fn is_sku(text: &str) -> bool {
    let character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(character)
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let complete =
        parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    complete && !text.contains([' ', '\t', '\r', '\n'])
}

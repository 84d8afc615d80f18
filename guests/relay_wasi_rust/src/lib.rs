//! A `wasi:http` guest that sends requests. It knows nothing of Flux, and is recorded all the same; the
//! same program is in guests/relay_wasi_python and guests/relay_wasi_js.
//!
//! `/relay?to=URL` passes the request on, body piece by piece; `/both?to=URL&also=URL` asks two at once;
//! `/race?to=URL&also=URL` takes the first answer of two; `/forget?to=URL` does not wait for its answer;
//! `/now` asks the clock and for random bytes.

mod sending;

use wasip2::clocks::wall_clock;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::random::random::get_random_bytes;

use crate::sending::{read_all, send, wait, wait_for_both, wait_for_first};

struct Relay;

/// What the guest answers with.
type Answer = Result<(u16, Vec<u8>), ErrorCode>;

impl Guest for Relay {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let answer = answer(&request).unwrap_or_else(|error| (502, format!("{error}\n").into_bytes()));
        respond(out, answer.0, &answer.1);
    }
}

fn answer(request: &IncomingRequest) -> Answer {
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    match path {
        "/relay" => relay(request, parameter(query, "to")?),
        "/both" => both(parameter(query, "to")?, parameter(query, "also")?),
        "/race" => race(parameter(query, "to")?, parameter(query, "also")?),
        "/forget" => {
            drop(send(&Method::Post, parameter(query, "to")?, None)?);
            Ok((202, b"sent\n".to_vec()))
        }
        "/now" => Ok((200, now())),
        _ => Ok((404, b"no such path\n".to_vec())),
    }
}

fn relay(request: &IncomingRequest, to: &str) -> Answer {
    let method = request.method();
    let body = if matches!(method, Method::Get) { None } else { request.consume().ok() };
    let response = wait(&send(&method, to, body)?)?;
    Ok((response.status(), read_all(&response)?))
}

fn both(to: &str, also: &str) -> Answer {
    let (one, other) = (send(&Method::Get, to, None)?, send(&Method::Get, also, None)?);
    let (one, other) = wait_for_both(&one, &other)?;
    Ok((200, [read_all(&one)?, read_all(&other)?].concat()))
}

fn race(to: &str, also: &str) -> Answer {
    let (one, other) = (send(&Method::Get, to, None)?, send(&Method::Get, also, None)?);
    Ok((200, read_all(&wait_for_first(&one, &other)?)?))
}

fn now() -> Vec<u8> {
    let now = wall_clock::now();
    format!("{}.{:09} {:02x?}\n", now.seconds, now.nanoseconds, get_random_bytes(8)).into_bytes()
}

/// A parameter of the query, taken as it stands.
fn parameter<'a>(query: &'a str, name: &str) -> Result<&'a str, ErrorCode> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next();
    value.ok_or_else(|| ErrorCode::InternalError(Some(format!("there is no `{name}`"))))
}

fn respond(out: ResponseOutparam, status: u16, text: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body();
    if response.set_status_code(status).is_err() || body.is_err() {
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
    }
    ResponseOutparam::set(out, Ok(response));
    // Once the response is set, a client that is gone is all that can fail.
    if let Ok(body) = body {
        let _ = body.write().map(|stream| sending::write(&stream, text));
        let _ = OutgoingBody::finish(body, None);
    }
}

wasip2::http::proxy::export!(Relay);

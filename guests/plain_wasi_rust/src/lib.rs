//! A `wasi:http` guest that says exactly what is sent, and leaves requests unfinished, for the tests of the
//! host. It knows nothing of Flux.
//!
//! `/exact?to=URL` sends a request with headers of every kind and answers with the status, the body and
//! the bytes of the header `x-latin`; `/held`, `/timed`, `/impatient`, `/several`, `/dropped` and `/left`
//! with `?to=URL` do not finish a body; `/random?LENGTH` asks each random interface for so many bytes.

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingRequest, Method, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use wasip2::io::poll::poll;
use wasip2::random::{insecure, insecure_seed, random};

struct Plain;

const HOUR: u64 = 3_600_000_000_000;
const MILLISECOND: u64 = 1_000_000;

impl Guest for Plain {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let text = match path {
            "/random" => drawn(query.parse().unwrap_or_default()),
            path => asked(path, query.strip_prefix("to=").unwrap_or_default()),
        };
        respond(out, text.as_bytes());
    }
}

fn asked(path: &str, to: &str) -> String {
    match path {
        "/exact" => exact(to),
        path => match unfinished(path, to) {
            Some(future) => answer(&future),
            None => "left\n".to_owned(),
        },
    }
}

/// Sends headers that a library might alter: in an order of their own, twice, with bytes that are no text.
fn exact(to: &str) -> String {
    let headers: [(&str, &[u8]); 6] = [
        ("x-b", b"2"),
        ("cookie", b"a=1"),
        ("cookie", b"b=2"),
        ("x-latin", b"caf\xe9"),
        ("te", b"trailers"),
        ("x-a", b"1"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_vec()));
    let request = request(&Method::Get, to, &headers);
    answer(&outgoing_handler::handle(request, None).expect("it is handed over"))
}

/// A POST whose body is not finished, in the way that the path names.
fn unfinished(path: &str, to: &str) -> Option<FutureIncomingResponse> {
    let request = request(&Method::Post, to, &[]);
    let body = request.body().expect("a request has a body");
    let future = outgoing_handler::handle(request, None).expect("it is handed over");
    body.write().expect("a body has a stream").blocking_write_and_flush(b"half").expect("it is written");
    match path {
        "/held" => future.subscribe().block(),
        "/timed" => drop(poll(&[&future.subscribe(), &subscribe_duration(HOUR)])),
        "/impatient" => {
            let ready = poll(&[&future.subscribe(), &subscribe_duration(MILLISECOND)]);
            assert_eq!(ready, [1], "the timer");
            future.subscribe().block();
        }
        "/several" => {
            let (other, held) = self::held(to);
            poll(&[&future.subscribe(), &other.subscribe()]);
            drop((other, held));
        }
        "/dropped" => {
            drop(body);
            future.subscribe().block();
            return Some(future);
        }
        _ => {
            std::mem::forget(body);
            return None;
        }
    }
    // The guest goes on with the body after it was refused, and is not stopped.
    let _ = OutgoingBody::finish(body, None);
    Some(future)
}

fn held(to: &str) -> (FutureIncomingResponse, OutgoingBody) {
    let request = request(&Method::Put, to, &[]);
    let body = request.body().expect("a request has a body");
    (outgoing_handler::handle(request, None).expect("it is handed over"), body)
}

fn request(method: &Method, url: &str, headers: &[(String, Vec<u8>)]) -> OutgoingRequest {
    let rest = url.strip_prefix("http://").expect("a URL");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(Fields::from_list(headers).expect("headers"));
    request.set_method(method).expect("a method");
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request.set_authority(Some(authority)).expect("an authority");
    request.set_path_with_query(Some(path)).expect("a path");
    request
}

fn answer(future: &FutureIncomingResponse) -> String {
    future.subscribe().block();
    match future.get().expect("it is ready").expect("it was not taken") {
        Err(ErrorCode::InternalError(text)) => format!("internal-error: {}\n", text.unwrap_or_default()),
        Err(error) => format!("{error:?}\n"),
        Ok(response) => {
            let latin = response.headers().get("x-latin").concat();
            format!("{} x-latin={latin:02x?}\n", response.status())
        }
    }
}

/// The sum of the bytes of each interface: a check that costs no response of that size.
fn drawn(length: u64) -> String {
    let sum = |bytes: Vec<u8>| {
        (bytes.len(), bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)))
    };
    let secure = sum(random::get_random_bytes(length));
    let insecure = sum(insecure::get_insecure_random_bytes(length));
    format!("{secure:?} {insecure:?} {:?}\n", insecure_seed::insecure_seed())
}

fn respond(out: ResponseOutparam, text: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().expect("a response has a body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a body has a stream");
    stream.blocking_write_and_flush(text).expect("somebody reads");
    drop(stream);
    OutgoingBody::finish(body, None).expect("it is whole");
}

wasip2::http::proxy::export!(Plain);

//! A `wasi:http` guest that goes wrong in the way its path asks for, for the tests of the host.

use wasip2::clocks::monotonic_clock;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam,
};

mod tails;

struct Trouble;

impl Guest for Trouble {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/silent" => drop(out),
            "/leak" => std::mem::forget(out),
            "/half" => std::mem::forget(answer(out)),
            "/panic" => {
                let _body = answer(out);
                panic!("in the middle of a response");
            }
            "/fill" => fill(),
            "/long" => long(out),
            "/length" => empty(out, &[("content-length", b"1234")], 200),
            "/unchanged" => empty(out, &[("content-length", b"1234")], 304),
            "/hints" => empty(out, &[], 103),
            "/latin" => latin(&request, out),
            "/spin" => spin(),
            "/after" => tails::after(query, out),
            "/head" => tails::head(out),
            "/race" => tails::race(query, out),
            "/ask" => tails::ask_and_panic(query),
            "/clocks" => tails::clocks(),
            "/compute" => tails::endless(),
            "/short" => short(out),
            "/sleep" => monotonic_clock::subscribe_duration(3_600_000_000_000).block(),
            _ => drop(OutgoingBody::finish(answer(out), None)),
        }
    }
}

/// Sets a response with one word in it.
fn answer(out: ResponseOutparam) -> OutgoingBody {
    let body = begin(out);
    body.write().expect("a body has a stream").blocking_write_and_flush(b"half").expect("it is written");
    body
}

/// Writes bodies that it never sends.
fn fill() {
    let piece = vec![b'a'; 1 << 20];
    for _ in 0..1_000 {
        let request = OutgoingRequest::new(Fields::new());
        let body = request.body().expect("a request has a body");
        let stream = body.write().expect("a body has a stream");
        for _ in 0..10 {
            stream.check_write().expect("it is open");
            stream.write(&piece).expect("it is open");
        }
        std::mem::forget((request, body, stream));
    }
}

/// A response without an end.
fn long(out: ResponseOutparam) {
    let body = begin(out);
    let stream = body.write().expect("a body has a stream");
    loop {
        stream.blocking_write_and_flush(&[b'a'; 4096]).expect("somebody reads");
    }
}

/// A response without a body, whatever its headers say.
fn empty(out: ResponseOutparam, headers: &[(&str, &[u8])], status: u16) {
    let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    let response = OutgoingResponse::new(Fields::from_list(&headers).expect("headers"));
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("a response has a body");
    ResponseOutparam::set(out, Ok(response));
    // A length that the body has not is an error to the engine.
    let _ = OutgoingBody::finish(body, None);
}

/// Sends back the header `x-name`, and says its bytes.
fn latin(request: &IncomingRequest, out: ResponseOutparam) {
    let values = request.headers().get("x-name");
    let seen = format!("{values:?}").into_bytes();
    let mut headers = vec![("x-seen", seen.as_slice())];
    headers.extend(values.iter().map(|value| ("x-name", value.as_slice())));
    empty(out, &headers, 200);
}

fn begin(out: ResponseOutparam) -> OutgoingBody {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().expect("a response has a body");
    ResponseOutparam::set(out, Ok(response));
    body
}

/// A body that is shorter than its head says.
fn short(out: ResponseOutparam) {
    let headers = Fields::new();
    headers.set("content-length", &[b"10".to_vec()]).expect("a header");
    let response = OutgoingResponse::new(headers);
    let body = response.body().expect("a response has a body");
    ResponseOutparam::set(out, Ok(response));
    body.write().expect("a body has a stream").blocking_write_and_flush(b"half").expect("it is written");
    std::mem::forget(body);
}

/// Asks, and never waits.
fn spin() {
    let timer = monotonic_clock::subscribe_duration(3_600_000_000_000);
    while !timer.ready() {}
}

wasip2::http::proxy::export!(Trouble);

//! A `wasi:http` guest that uses `wasi:config`, `wasi:keyvalue` and its environment, and answers with what they said.

use std::fmt::Write;

use wasip2::cli::environment;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::store::{self, Bucket};
use bindings::wasi::keyvalue::{atomics, batch};

mod bindings {
    wit_bindgen::generate!({
        path: ["../../host/capabilities/kv/wit", "wit"],
        world: "flux-tests:drafts/drafts",
        generate_all,
    });
}

struct Drafts;

impl Guest for Drafts {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let said = match request.path_with_query().unwrap_or_default().as_str() {
            "/config" => configuration(),
            "/environment" => surroundings(),
            "/buckets" => buckets(),
            "/atomics" => swaps(),
            _ => many(),
        };
        let response = OutgoingResponse::new(Fields::new());
        let body = response.body().expect("a response has a body");
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().expect("a body has a stream");
        stream.blocking_write_and_flush(said.as_bytes()).expect("it is written");
        drop(stream);
        OutgoingBody::finish(body, None).expect("it is finished");
    }
}

fn configuration() -> String {
    let (known, unknown) = (config::get("greeting"), config::get("unknown"));
    format!("{known:?} {unknown:?} {:?}", config::get_all())
}

fn surroundings() -> String {
    let variables: Vec<_> = std::env::vars().collect();
    format!("{variables:?} {:?} {:?}", environment::get_arguments(), environment::initial_cwd())
}

fn open() -> Bucket {
    store::open("b").expect("flux.toml has it")
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(&value).into_owned())
}

fn buckets() -> String {
    let bucket = open();
    let mut said = format!("{:?}", store::open("nowhere").map(drop));
    bucket.set("a", b"1").expect("it is set");
    bucket.set("b", b"2").expect("it is set");
    let _ = write!(said, " {:?} {:?}", bucket.get("a").map(text), bucket.get("c").map(text));
    let _ = write!(said, " {:?} {:?}", bucket.exists("a"), bucket.exists("c"));
    let _ = write!(said, " {:?} {:?}", bucket.delete("a"), bucket.delete("c"));
    let page = bucket.list_keys(None).expect("it lists");
    let _ = write!(said, " {:?} {:?}", page.keys, page.cursor);
    let _ = write!(said, " {:?}", bucket.set(&"k".repeat(2_000), b""));
    said
}

fn swaps() -> String {
    let bucket = open();
    let mut said = format!("{:?}", atomics::increment(&bucket, "n", 5));
    let _ = write!(said, " {:?}", atomics::increment(&bucket, "n", -7));
    let first = atomics::Cas::new(&bucket, "s").expect("it begins");
    let second = atomics::Cas::new(&bucket, "s").expect("it begins");
    drop(bucket);
    let _ = write!(said, " {:?} {:?}", first.current().map(text), atomics::swap(first, b"one").is_ok());
    match atomics::swap(second, b"two") {
        Err(atomics::CasError::CasFailed(again)) => {
            let seen = again.current().map(text);
            let _ = write!(said, " failed {seen:?} {:?}", atomics::swap(again, b"three").is_ok());
        }
        other => {
            let _ = write!(said, " {other:?}");
        }
    }
    let _ = write!(said, " {:?}", open().get("s").map(text));
    said
}

fn many() -> String {
    let bucket = open();
    let pairs = [("x".to_owned(), b"1".to_vec()), ("y".to_owned(), b"2".to_vec())];
    batch::set_many(&bucket, &pairs).expect("they are set");
    let keys = ["x", "z", "y"].map(str::to_owned);
    let values = batch::get_many(&bucket, &keys).expect("they are got");
    let values: Vec<_> = values.into_iter().map(|(key, value)| (key, text(value))).collect();
    format!("{values:?} {:?} {:?}", batch::delete_many(&bucket, &keys), bucket.exists("x"))
}

wasip2::http::proxy::export!(Drafts);

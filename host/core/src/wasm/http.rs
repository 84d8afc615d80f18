//! `wasi:http/incoming-handler` guests: made by any toolchain, run unmodified. The request and the
//! response are those of `http-handler`; the stream calls between are no journal events.

use std::borrow::Cow;
use std::pin::{Pin, pin};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use wasmtime::Store;
use wasmtime::component::Instance;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{Error, WasiHttpView};

use crate::bindings::exports::flux::host::http_handler::{Request, Response};
use crate::header_text::{header_bytes, header_text};
use crate::limits::LimitHit;
use crate::response::has_content;
use crate::wasm::state::State;

pub(crate) use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler::GuestIndices as IncomingIndices;

/// Calls the handler and collects its response.
pub(crate) async fn handle(
    indices: &IncomingIndices,
    store: &mut Store<State>,
    instance: &Instance,
    request: Request,
) -> wasmtime::Result<Response> {
    let to_head = request.method == "HEAD";
    let request = to_hyper(request)?;
    let limit = store.data_mut().execution().limits().response;
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(Scheme::Http, request)?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let out = http.new_response_outparam(sender)?;
    let handler = indices.load(&mut *store, instance)?;
    // Outside of tokio's budget: what the guest has written is read, however much it is.
    let respond = pin!(tokio::task::unconstrained(async {
        let response = receiver.await.map_err(|_| wasmtime::format_err!("the guest set no response"))?;
        from_hyper(response, limit, to_head).await
    }));
    let call = handler.call_handle(&mut *store, request, out);
    collect(call, respond).await
}

/// Runs both sides: the guest may write its body only after it set the response.
async fn collect(
    call: impl Future<Output = wasmtime::Result<()>>,
    mut respond: Pin<&mut impl Future<Output = wasmtime::Result<Response>>>,
) -> wasmtime::Result<Response> {
    let mut call = pin!(call);
    let mut response = None;
    let called = loop {
        tokio::select! {
            biased;
            called = &mut call => break called,
            done = &mut respond, if response.is_none() => response = Some(done),
        }
    };
    // Nothing of the guest runs any more: what it left open stays open.
    let unfinished = || Err(wasmtime::format_err!("the guest did not finish its response"));
    let response = response.or_else(|| respond.now_or_never()).unwrap_or_else(unfinished);
    match response {
        // It saw a closed stream and may have trapped on that: what ended it is the limit.
        Err(error) if error.is::<LimitHit>() => Err(error),
        response => called.and(response),
    }
}

fn to_hyper(
    request: Request,
) -> wasmtime::Result<hyper::Request<http_body_util::combinators::BoxBody<Bytes, Error>>> {
    let target = match &request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path.clone(),
    };
    let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(target);
    let has_host = request.headers.iter().any(|(name, _)| name == "host");
    if !has_host {
        builder = builder.header("host", "localhost");
    }
    for (name, value) in &request.headers {
        let value = header_bytes(value).unwrap_or(Cow::Borrowed(value.as_bytes()));
        builder = builder.header(name.as_str(), &*value);
    }
    let body = Full::new(Bytes::from(request.body)).map_err(|never| match never {}).boxed();
    Ok(builder.body(body)?)
}

async fn from_hyper(
    response: Result<hyper::Response<HyperOutgoingBody>, ErrorCode>,
    limit: usize,
    to_head: bool,
) -> wasmtime::Result<Response> {
    let response =
        response.map_err(|code| wasmtime::format_err!("the guest answered with an error: {code:?}"))?;
    let (parts, body) = response.into_parts();
    let body = http_body_util::Limited::new(body, limit).collect().await;
    let status = parts.status.as_u16();
    let headers =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), header_text(value.as_bytes())));
    let headers = headers.collect();
    // A length without a body, as a HEAD's: to the engine it broke off.
    if body.is_err() && (to_head || !has_content(status)) {
        return Ok(Response { status, headers, body: Vec::new() });
    }
    let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
        Some(_) => LimitHit::Response(limit).into(),
        None => wasmtime::format_err!("the response's body broke off: {error}"),
    })?;
    Ok(Response { status, headers, body: body.to_bytes().to_vec() })
}

//! `wasi:http/incoming-handler` guests: made by any toolchain, run unmodified. The request and the
//! response are those of `http-handler`; the stream calls between are no journal events.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceTable};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{Error, WasiHttpView};

use crate::bindings::exports::flux::host::http_handler::{Request, Response};
use crate::handler::Output;
use crate::header_text::{header_bytes, header_texts};
use crate::limits::LimitHit;
use crate::response::has_content;
use crate::wasm::responding::{Collected, Responding};
use crate::wasm::state::State;

pub(crate) use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler::GuestIndices as IncomingIndices;

/// Calls the handler and collects its response; none, if it was complete before the handler returned: then it
/// is answered already.
pub(crate) async fn handle(
    indices: &IncomingIndices,
    store: &mut Store<State>,
    instance: &Instance,
    request: Request,
) -> wasmtime::Result<Option<Response>> {
    let is_head = request.method == "HEAD";
    let request = to_hyper(request)?;
    let limit = store.data_mut().execution().limits().response;
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(Scheme::Http, request)?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let out = http.new_response_outparam(sender)?;
    let handler = indices.load(&mut *store, instance)?;
    let responding = Responding::new(async move {
        let response = receiver.await.map_err(|_| wasmtime::format_err!("the guest set no response"))?;
        from_hyper(response, limit, is_head).await
    });
    store.data_mut().responding = Some(responding.clone());
    let called = responding.beside(handler.call_handle(&mut *store, request, out)).await;
    let state = store.data_mut();
    if state.execution().answered().is_some() {
        return called.map(|()| None);
    }
    if called.is_ok() {
        // Nothing of the guest runs any more. What it left open ends: a body is over where it was left.
        state.table = ResourceTable::new();
    }
    let unfinished = || Err(wasmtime::format_err!("the guest did not finish its response"));
    match responding.take().unwrap_or_else(unfinished) {
        // It saw a closed stream and may have trapped on that: what ended it is the limit.
        Err(error) if error.is::<LimitHit>() => Err(error),
        response => called.and(response).map(Some),
    }
}

impl State {
    /// Answers as soon as the response is complete. Asked where that can become so: when a response is set
    /// and when a body is finished.
    pub(crate) fn answer_if_complete(&mut self) -> wasmtime::Result<()> {
        match self.responding.as_ref().and_then(Responding::take_complete) {
            Some(response) => self.execution.answer(Output::Http(response)),
            None => Ok(()),
        }
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
    is_head: bool,
) -> Collected {
    let response =
        response.map_err(|code| wasmtime::format_err!("the guest answered with an error: {code:?}"))?;
    let (parts, body) = response.into_parts();
    // Complete with its head: HTTP sends no body with it.
    if is_head || !has_content(parts.status.as_u16()) {
        return Ok((to_response(&parts, Vec::new()), Some(body)));
    }
    let body = http_body_util::Limited::new(body, limit).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
        Some(_) => LimitHit::Response(limit).into(),
        None => wasmtime::format_err!("the response's body broke off: {error}"),
    })?;
    let body = body.to_bytes().to_vec();
    check_length(&parts.headers, body.len())?;
    Ok((to_response(&parts, body), None))
}

/// A body that is not as long as its head says would break the connection.
fn check_length(headers: &http::HeaderMap, written: usize) -> wasmtime::Result<()> {
    let Some(said) = headers.get(http::header::CONTENT_LENGTH) else {
        return Ok(());
    };
    let said = said.to_str().unwrap_or_default();
    if said.parse() != Ok(written) {
        wasmtime::bail!("the response's body has {written} bytes, and its content-length says {said}");
    }
    Ok(())
}

fn to_response(parts: &http::response::Parts, body: Vec<u8>) -> Response {
    Response { status: parts.status.as_u16(), headers: header_texts(&parts.headers), body }
}

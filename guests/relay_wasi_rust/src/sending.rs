//! Requests and their answers, on the plain bindings.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, Scheme,
};
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// What one write may have.
const PIECE: usize = 4096;

/// Hands a request over, then its body, piece by piece.
pub fn send(
    method: &Method,
    url: &str,
    body: Option<IncomingBody>,
) -> Result<FutureIncomingResponse, ErrorCode> {
    let request = request(method, url)?;
    let Some(body) = body else {
        return outgoing_handler::handle(request, None);
    };
    let out = request.body().map_err(|()| internal("the body is taken"))?;
    let future = outgoing_handler::handle(request, None)?;
    let stream = out.write().map_err(|()| internal("the stream is taken"))?;
    let from = body.stream().map_err(|()| internal("the body is taken"))?;
    while let Some(piece) = read(&from)? {
        write(&stream, &piece)?;
    }
    drop(stream);
    OutgoingBody::finish(out, None)?;
    Ok(future)
}

fn request(method: &Method, url: &str) -> Result<OutgoingRequest, ErrorCode> {
    let (scheme, rest) = match url.split_once("://") {
        Some(("http", rest)) => (Scheme::Http, rest),
        Some(("https", rest)) => (Scheme::Https, rest),
        _ => return Err(ErrorCode::HttpRequestUriInvalid),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut headers = vec![("X-Relay".to_owned(), b"1".to_vec())];
    if cfg!(feature = "changed") {
        headers.push(("X-Changed".to_owned(), b"1".to_vec()));
    }
    let headers = Fields::from_list(&headers).map_err(|_| internal("a header is refused"))?;
    let request = OutgoingRequest::new(headers);
    let set = request
        .set_method(method)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })));
    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    Ok(request)
}

/// Waits for one answer.
pub fn wait(future: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    future.subscribe().block();
    taken(future)
}

/// Waits for two answers, whichever comes first.
pub fn wait_for_both(
    one: &FutureIncomingResponse,
    other: &FutureIncomingResponse,
) -> Result<(IncomingResponse, IncomingResponse), ErrorCode> {
    let (first, second) = (one.subscribe(), other.subscribe());
    let ready = poll(&[&first, &second]);
    if ready == [0] {
        second.block();
    } else if ready == [1] {
        first.block();
    }
    Ok((taken(one)?, taken(other)?))
}

/// Waits for whichever answer comes first.
pub fn wait_for_first(
    one: &FutureIncomingResponse,
    other: &FutureIncomingResponse,
) -> Result<IncomingResponse, ErrorCode> {
    let ready = poll(&[&one.subscribe(), &other.subscribe()]);
    taken(if ready.contains(&0) { one } else { other })
}

fn taken(future: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    match future.get() {
        Some(Ok(answer)) => answer,
        Some(Err(())) => Err(internal("the answer was taken before")),
        None => Err(internal("the answer is not there")),
    }
}

/// The body of an answer.
pub fn read_all(response: &IncomingResponse) -> Result<Vec<u8>, ErrorCode> {
    let body = response.consume().map_err(|()| internal("the body is taken"))?;
    let stream = body.stream().map_err(|()| internal("the stream is taken"))?;
    let mut all = Vec::new();
    while let Some(piece) = read(&stream)? {
        all.extend(piece);
    }
    Ok(all)
}

fn read(stream: &InputStream) -> Result<Option<Vec<u8>>, ErrorCode> {
    match stream.blocking_read(PIECE as u64) {
        Ok(piece) => Ok(Some(piece)),
        Err(StreamError::Closed) => Ok(None),
        Err(error) => Err(internal(&error.to_string())),
    }
}

/// Writes all of it.
pub fn write(stream: &OutputStream, bytes: &[u8]) -> Result<(), ErrorCode> {
    for piece in bytes.chunks(PIECE) {
        stream.blocking_write_and_flush(piece).map_err(|error| internal(&error.to_string()))?;
    }
    Ok(())
}

fn internal(text: &str) -> ErrorCode {
    ErrorCode::InternalError(Some(text.to_owned()))
}

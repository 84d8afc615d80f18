//! The smallest `wasi:http` guest, which knows nothing of Flux and is recorded all the same.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

struct Hello;

impl Guest for Hello {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let (response, body) = match response() {
            Ok(parts) => parts,
            Err(error) => return ResponseOutparam::set(out, Err(error)),
        };
        ResponseOutparam::set(out, Ok(response));
        // Once the response is set, a client that is gone is all that can fail.
        if let Ok(stream) = body.write() {
            let _ = stream.blocking_write_and_flush(b"hello\n");
        }
        let _ = OutgoingBody::finish(body, None);
    }
}

fn response() -> Result<(OutgoingResponse, OutgoingBody), ErrorCode> {
    let headers = [("content-type".to_owned(), b"text/plain".to_vec())];
    let headers = Fields::from_list(&headers).map_err(|_| internal("the header is refused"))?;
    let response = OutgoingResponse::new(headers);
    let body = response.body().map_err(|()| internal("the body is taken"))?;
    Ok((response, body))
}

fn internal(text: &str) -> ErrorCode {
    ErrorCode::InternalError(Some(text.to_owned()))
}

wasip2::http::proxy::export!(Hello);

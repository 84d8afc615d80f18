//! Answers as the query says, also such as HTTP does not have; and what the request was.

use flux_sdk::http::{Error, Request, Response};

/// Answers with `status`, a header for each `h=name:value`, and `body`. In values, `^` is a line feed.
pub fn answer(request: &Request) -> Result<Response, Error> {
    let mut response = Response::status(200);
    for part in request.query.as_deref().unwrap_or_default().split('&') {
        match part.split_once('=') {
            Some(("status", status)) => {
                response.status = status.parse().map_err(|_| Error::bad_request("no status"))?;
            }
            Some(("body", body)) => response.body = body.as_bytes().to_vec(),
            Some(("h", header)) => {
                let (name, value) = header.split_once(':').unwrap_or((header, ""));
                response = response.header(name, value.replace('^', "\n"));
            }
            Some(("many", many)) => {
                for header in 0..many.parse().unwrap_or(0) {
                    response = response.header(format!("h{header}"), "");
                }
            }
            _ => {}
        }
    }
    Ok(response)
}

/// The request's headers, a line each, and how many bytes its body has.
pub fn echo(request: &Request) -> Result<Response, Error> {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let params: String = request.params.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let line = format!("{} {} {}\n", request.method, request.path, request.body.len());
    Ok(Response::text(200, line + &params + &headers))
}

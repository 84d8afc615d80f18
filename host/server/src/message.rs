//! Between hyper's messages and the contract's.

use axum::body::Body;
use axum::extract::RawPathParams;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request};
use flux_host::bindings::exports::flux::host::http_handler;
use flux_recorder::{FailureKind, Outcome};
use flux_runtime::Finished;
use serde_json::json;
use uuid::Uuid;

/// The header that names an execution.
pub(crate) const EXECUTION: HeaderName = HeaderName::from_static("x-flux-execution");
/// What the connection decides, not the guest.
const HOP_BY_HOP: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::UPGRADE];

/// The request as the guest sees it. Header values that are no UTF-8 have replacement characters.
pub(crate) fn to_guest(
    head: &request::Parts,
    params: &RawPathParams,
    body: Vec<u8>,
) -> http_handler::Request {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    http_handler::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
        params: params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

/// The size of a request's head, as its limit counts it.
pub(crate) fn head_size(head: &request::Parts) -> usize {
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    head.uri.path().len() + head.uri.query().map_or(0, str::len) + headers
}

/// The response to an execution that ended.
pub(crate) fn from_finished(finished: Finished) -> Response<Body> {
    let Finished { id, ended } = finished;
    match (ended.output, ended.end.outcome) {
        (Some(flux_host::Output::Http(response)), _) => from_guest(id, response),
        (_, Outcome::Failed { kind: FailureKind::TimeLimit, .. }) => {
            problem(StatusCode::GATEWAY_TIMEOUT, "the guest ran longer than its time limit", Some(id))
        }
        (_, Outcome::Failed { kind: FailureKind::Host, .. }) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "the host could not run the guest", Some(id))
        }
        (_, Outcome::Failed { kind, .. }) => {
            let title = format!("the guest failed ({})", kind.name());
            problem(StatusCode::INTERNAL_SERVER_ERROR, &title, Some(id))
        }
        _ => problem(StatusCode::INTERNAL_SERVER_ERROR, "the guest gave no response", Some(id)),
    }
}

fn from_guest(id: Uuid, response: http_handler::Response) -> Response<Body> {
    let Ok(status) = StatusCode::from_u16(response.status) else {
        return problem(
            StatusCode::BAD_GATEWAY,
            "the guest answered with a status that HTTP does not have",
            Some(id),
        );
    };
    let Some(mut headers) = headers(&response.headers) else {
        return problem(
            StatusCode::BAD_GATEWAY,
            "the guest answered with a header that HTTP does not allow",
            Some(id),
        );
    };
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    let mut answer = Response::new(Body::from(response.body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    with_id(answer, id)
}

fn headers(pairs: &[(String, String)]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(pairs.len() + 2);
    for (name, value) in pairs {
        headers.append(name.parse::<HeaderName>().ok()?, value.parse().ok()?);
    }
    Some(headers)
}

fn with_id(mut response: Response<Body>, id: Uuid) -> Response<Body> {
    let mut buffer = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        response.headers_mut().insert(EXECUTION, value);
    }
    response
}

/// The answer where the host has no place for an execution: nothing began, so the client may ask again.
pub(crate) fn busy() -> Response<Body> {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "the host has no place for it now", None);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// An answer of the host's own (RFC 9457). What happened inside is for the record, not for the client.
pub(crate) fn problem(status: StatusCode, title: &str, id: Option<Uuid>) -> Response<Body> {
    let body = json!({ "title": title, "status": status.as_u16(), "execution": id }).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    match id {
        Some(id) => with_id(response, id),
        None => response,
    }
}

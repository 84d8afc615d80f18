//! Responses: the guest's, and the host's own.

use std::sync::Arc;

use flux_host::Output;
use flux_host::bindings::exports::flux::host::http_handler;
use flux_host::response::{EXECUTION, has_content, header_map};
use flux_recorder::{FailureKind, Outcome};
use flux_runtime::Finished;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use super::body::Whole;
use crate::connection::Activity;
use crate::gateway::{Refusal, failure_status};

/// What the request says of its response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) is_head: bool,
    pub(crate) is_http2: bool,
}

/// The response to an execution that ended.
pub(crate) fn from_finished(finished: Finished) -> Response<Whole> {
    let Finished { id, ended } = finished;
    match (ended.output, ended.end.outcome) {
        (Some(Output::Http(response)), _) => from_guest(id, response),
        (Some(Output::Refused(why)), _) => problem(refused_status(), &why.to_string(), Some(id)),
        (_, Outcome::Failed { kind, .. }) => problem(failure_status(kind), &failure_title(kind), Some(id)),
        _ => problem(StatusCode::INTERNAL_SERVER_ERROR, "the guest gave no response", Some(id)),
    }
}

fn refused_status() -> StatusCode {
    StatusCode::from_u16(flux_recorder::REFUSED_STATUS).unwrap_or(StatusCode::BAD_GATEWAY)
}

fn failure_title(kind: FailureKind) -> String {
    match kind {
        FailureKind::TimeLimit => "the guest ran longer than its time limit".to_owned(),
        FailureKind::Host => "the host could not run the guest".to_owned(),
        kind => format!("the guest failed ({})", kind.name()),
    }
}

/// The response was checked before it was recorded: nothing is decided here.
fn from_guest(id: Uuid, response: http_handler::Response) -> Response<Whole> {
    let (Ok(status), Ok(headers)) = (StatusCode::from_u16(response.status), header_map(&response)) else {
        let title = "the guest's response was not checked; this is a bug of Flux";
        return problem(StatusCode::INTERNAL_SERVER_ERROR, title, Some(id));
    };
    let mut answer = Response::new(Whole::new(response.body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    with_id(answer, id)
}

fn with_id(mut response: Response<Whole>, id: Uuid) -> Response<Whole> {
    let mut buffer = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        response.headers_mut().insert(EXECUTION, value);
    }
    response
}

/// An answer of the host's own (RFC 9457). What happened inside is for the record, not for the client.
pub(crate) fn problem(status: StatusCode, title: &str, id: Option<Uuid>) -> Response<Whole> {
    let body = json!({ "title": title, "status": status.as_u16(), "execution": id }).to_string();
    let mut response = Response::new(Whole::new(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    match id {
        Some(id) => with_id(response, id),
        None => response,
    }
}

/// The answer to a request that goes to no guest. `is_unread` says that its body was not read to the end, so that
/// the connection cannot be used again.
pub(crate) fn refusal(refusal: Refusal, asked: Asked, is_unread: bool) -> Response<Whole> {
    let mut response = problem(refusal.status, &refusal.title, None);
    if let Some(allow) = refusal.allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    if is_unread && !asked.is_http2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What the server as a whole can do.
pub(crate) fn options(methods: &str) -> Response<Whole> {
    let mut response = Response::new(Whole::new(Vec::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(methods) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

/// As it goes onto the connection: no content where HTTP has none.
pub(crate) fn ready(response: Response<Whole>, asked: Asked, activity: Arc<Activity>) -> Response<Whole> {
    let (mut head, mut body) = response.into_parts();
    if asked.is_head && body.len() > 0 {
        head.headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    if asked.is_head || !has_content(head.status.as_u16()) {
        body = Whole::new(Vec::new());
    }
    if head.status == StatusCode::NOT_MODIFIED && !asked.is_head && !asked.is_http2 {
        let has_length = head.headers.contains_key(header::CONTENT_LENGTH);
        body = if has_length { Whole::unsized_and_empty() } else { body };
    }
    Response::from_parts(head, body.watched(activity))
}

//! What a guest asks, checked: nothing else reaches the client.

use flux_host::bindings::flux::host::fetch::{Error, Request};
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};
use url::{Position, Url};

use crate::FetchOptions;

/// They concern one connection, which is the host's; and nobody waits for a 100.
const OF_THE_CONNECTION: [&str; 10] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header means something on one connection only.
pub(crate) fn is_of_the_connection(name: &HeaderName) -> bool {
    OF_THE_CONNECTION.contains(&name.as_str())
}

/// The request that the client sends, if the guest may send it.
pub(crate) fn checked(request: Request, options: &FetchOptions) -> Result<reqwest::Request, Error> {
    if request.body.len() > options.max_request {
        return Err(Error::TooLarge);
    }
    let url = absolute(&request.url)?;
    options.check(&url)?;
    let headers = headers(&request.headers, &url, request.body.len())?;
    let mut checked = reqwest::Request::new(method(&request.method)?, url);
    *checked.headers_mut() = headers;
    // Without a body there is no length to tell, except of a POST, where the client tells 0.
    if !request.body.is_empty() {
        *checked.body_mut() = Some(request.body.into());
    }
    Ok(checked)
}

fn invalid<T>(why: String) -> Result<T, Error> {
    Err(Error::Invalid(why))
}

fn absolute(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).or_else(|error| invalid(format!("url: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return invalid(format!("url: the scheme is {}, not http or https", url.scheme()));
    }
    if has_user(&url) {
        return invalid("url: it names a user; hint: send an authorization header".to_owned());
    }
    Ok(url)
}

/// Whether the URL has a user or a password: the client would make a header of them.
pub(crate) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn method(name: &str) -> Result<Method, Error> {
    match Method::from_bytes(name.as_bytes()) {
        Ok(Method::CONNECT) => invalid("method: CONNECT makes a tunnel, and no exchange".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => invalid(format!("method: '{}' is none", name.escape_debug())),
    }
}

/// `host` and `content-length` are written by the client. A guest may say them too if it says the
/// same: what it means otherwise cannot be sent, and is not dropped in silence.
fn headers(given: &[(String, String)], url: &Url, length: usize) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return invalid(format!("header: '{}' is no name", name.escape_debug()));
        };
        let same = match name {
            HOST => value.eq_ignore_ascii_case(&url[Position::BeforeHost..Position::AfterPort]),
            CONTENT_LENGTH => value.parse() == Ok(length),
            _ => false,
        };
        if same {
            continue;
        }
        if name == HOST || name == CONTENT_LENGTH {
            return invalid(format!("header: {name} does not agree with the request; hint: leave it out"));
        }
        if is_of_the_connection(&name) {
            return invalid(format!("header: {name} is the host's to send; hint: leave it out"));
        }
        add(&mut headers, name, value)?;
    }
    Ok(headers)
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Error> {
    // The value may be a secret: it is not repeated.
    let Ok(value) = HeaderValue::from_str(value) else {
        return invalid(format!("header: the value of {name} has a control character"));
    };
    match headers.try_append(name, value) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::TooLarge),
    }
}

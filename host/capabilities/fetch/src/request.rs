//! What a guest asks, checked: nothing else reaches the client.

use std::borrow::Cow;

use bytes::Bytes;
use flux_host::bindings::flux::host::fetch::{Error, Request};
use flux_host::{anticipates_content, header_bytes, is_of_the_connection, is_passed_on};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Uri};
use http_body_util::Full;
use url::Url;

use crate::options::{FetchOptions, entry, place};
use crate::placeholder::{Encoding, FetchSecrets, has_placeholder};

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// How much is left to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Of `flux:host/fetch`: redirects are followed, and every type of answer is accepted.
    Usual,
    /// Of `wasi:http`: what the guest says is sent, and what the server says is the answer.
    Exact,
}

/// A request that may be sent as it is: checked, with its secrets.
pub(crate) struct Outbound {
    pub manner: Manner,
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// The same as the client has it, with path and query as they are sent.
    pub target: Uri,
    /// Those with a secret are marked as sensitive.
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the body has a secret.
    pub secret_body: bool,
    /// Whether the guest named the length of the body.
    pub says_length: bool,
}

impl Outbound {
    /// The request that a guest asks for, if it may be sent.
    pub fn new(
        request: Request,
        manner: Manner,
        options: &FetchOptions,
        secrets: &FetchSecrets,
    ) -> Result<Self, Error> {
        if request.body.len() > options.max_request {
            return Err(Error::TooLarge);
        }
        let (url, target) = addressed(&request.url, manner, options, secrets)?;
        let method = method(&request.method)?;
        let headers = headers(&request, manner, &url, options, secrets)?;
        let says_length =
            request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_LENGTH.as_str()));
        let (body, secret_body) = match filled_body(&request.body, &headers, &url, options, secrets)? {
            Some(filled) => (Bytes::from(filled), true),
            None => (Bytes::from(request.body), false),
        };
        if body.len() > options.max_request {
            return Err(Error::TooLarge);
        }
        Ok(Self { manner, method, url, target, headers, body, secret_body, says_length })
    }

    /// What the client sends. The length of a body that is there is the client's to tell.
    pub fn request(&self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        let tells_nothing = self.says_length || anticipates_content(self.method.as_str());
        if self.body.is_empty() && tells_nothing {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        request
    }
}

/// Where a request goes, with the secrets of its query. An exact one has path and query as the guest
/// wrote them; `Url` would write them anew.
fn addressed(
    text: &str,
    manner: Manner,
    options: &FetchOptions,
    secrets: &FetchSecrets,
) -> Result<(Url, Uri), Error> {
    let mut url = absolute(text)?;
    options.check(&url)?;
    let before = url.query().map(str::to_owned);
    secrets.fill_url(&mut url, options.max_headers)?;
    let mut to = target(&url)?;
    if manner == Manner::Exact {
        let said = text.parse::<Uri>().or_else(|error| invalid(format!("url: {error}")))?;
        let filled = url.query() != before.as_deref();
        let query = if filled { url.query() } else { said.query() };
        let said = query.map_or_else(|| said.path().to_owned(), |query| format!("{}?{query}", said.path()));
        let mut parts = to.into_parts();
        parts.path_and_query =
            Some(PathAndQuery::try_from(said).or_else(|error| invalid(format!("url: {error}")))?);
        to = Uri::from_parts(parts).or_else(|error| invalid(format!("url: {error}")))?;
    }
    Ok((url, to))
}

/// A URL as the client has it.
pub(crate) fn target(url: &Url) -> Result<Uri, Error> {
    url.as_str().parse::<Uri>().or_else(|error| invalid(format!("url: {error}")))
}

/// The bytes of names and values.
pub(crate) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// The body with its secrets; none if it stays as it is.
fn filled_body(
    body: &[u8],
    headers: &HeaderMap,
    url: &Url,
    options: &FetchOptions,
    secrets: &FetchSecrets,
) -> Result<Option<Vec<u8>>, Error> {
    if !options.secrets_in_body.iter().any(|pattern| pattern.allows(url)) {
        let Some(name) = secrets.named_in(body) else { return Ok(None) };
        let host = entry(url);
        return Err(Error::Denied(format!(
            "secret '{name}' stands in a body, which may have text from outside; hint: if bodies for this \
             host have none, add \"{host}\" to secrets-in-body under [fetch]; else use a header"
        )));
    }
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM));
    let encoding = if form { Encoding::Percent } else { Encoding::Plain };
    match secrets.fill(body, encoding, url, options.max_request)? {
        Cow::Borrowed(_) => Ok(None),
        Cow::Owned(filled) => Ok(Some(filled)),
    }
}

fn invalid<T>(why: String) -> Result<T, Error> {
    Err(Error::Invalid(why))
}

fn absolute(text: &str) -> Result<Url, Error> {
    // What leads to a server, and what its logs keep, has no secret: only the query may.
    let outside = text.split(['?', '#']).next().unwrap_or_default();
    if has_placeholder(outside.as_bytes()) {
        return invalid("url: a secret may stand in the query only; hint: send it in a header".to_owned());
    }
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

fn headers(
    request: &Request,
    manner: Manner,
    url: &Url,
    options: &FetchOptions,
    secrets: &FetchSecrets,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let mut left = options.max_headers.checked_sub(url.as_str().len()).ok_or(Error::TooLarge)?;
    for (name, value) in &request.headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return invalid(format!("header: '{}' is no name", name.escape_debug()));
        };
        if is_the_clients(&name, value, manner, url, request.body.len())? {
            continue;
        }
        let value = match manner {
            Manner::Usual => Cow::Borrowed(value.as_bytes()),
            Manner::Exact => match header_bytes(value) {
                Some(value) => value,
                None => return invalid(format!("header: the value of {name} has a control character")),
            },
        };
        let filled = secrets.fill(&value, Encoding::Plain, url, left)?;
        let size = name.as_str().len() + filled.len();
        left = left.checked_sub(size).ok_or(Error::TooLarge)?;
        // The value may be a secret: it is not repeated.
        let Ok(mut value) = HeaderValue::from_bytes(&filled) else {
            return invalid(format!("header: the value of {name} has a control character"));
        };
        value.set_sensitive(matches!(filled, Cow::Owned(_)));
        headers.try_append(name, value).map_err(|_| Error::TooLarge)?;
    }
    if manner == Manner::Usual && !headers.contains_key(ACCEPT) {
        headers.try_insert(ACCEPT, HeaderValue::from_static("*/*")).map_err(|_| Error::TooLarge)?;
    }
    Ok(headers)
}

/// `host` and `content-length` are written by the client. A guest may say them too if it says the
/// same: what it means otherwise cannot be sent, and is not dropped in silence.
fn is_the_clients(
    name: &HeaderName,
    value: &str,
    manner: Manner,
    url: &Url,
    length: usize,
) -> Result<bool, Error> {
    let same = match *name {
        HOST => value.eq_ignore_ascii_case(&entry(url)) || value.eq_ignore_ascii_case(&place(url)),
        CONTENT_LENGTH => is_length(value, length),
        _ if manner == Manner::Exact && is_passed_on(name.as_str()) => return Ok(false),
        _ if is_of_the_connection(name.as_str()) => {
            return invalid(format!("header: {name} is the host's to send; hint: leave it out"));
        }
        _ => return Ok(false),
    };
    if same {
        return Ok(true);
    }
    invalid(format!("header: {name} does not agree with the request; hint: leave it out"))
}

/// Whether a content-length says this: digits, and nothing else.
fn is_length(value: &str, length: usize) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse() == Ok(length)
}

//! Secrets by placeholder: `{{secret name}}` in a request is filled in after the request was recorded.
//!
//! Only a secret with `hosts` is ever filled in, and only for those hosts: whoever writes the text of a
//! placeholder into a request, the value goes where flux.toml says. It is taken out of the response
//! again, so the guest never holds it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use flux_host::Secrets;
use flux_host::bindings::flux::host::fetch::{Error, Request, Response};
use memchr::memmem;
use url::{Url, form_urlencoded};

use crate::error::FetchError;
use crate::host::HostPattern;
use crate::options::{entry, place};

/// What begins a placeholder in headers and bodies.
const IN_TEXT: &str = "{{secret ";
/// What begins a placeholder in a URL that was parsed.
const IN_URL: &str = "{{secret%20";
const END: &[u8] = b"}}";
/// Shorter values are not looked for in answers: they would be found in everything.
const SHORTEST: usize = 4;

/// The secrets of an app, as far as requests may have them.
pub(crate) struct FetchSecrets(BTreeMap<String, FetchSecret>);

struct FetchSecret {
    value: String,
    hosts: Vec<HostPattern>,
}

/// How a value is written where it is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Percent,
}

impl FetchSecrets {
    /// Reads the hosts of every secret.
    pub fn new(secrets: &Secrets) -> Result<Self, FetchError> {
        let read = |(name, secret): (&str, &flux_host::Secret)| {
            let hosts = secret.hosts.iter().map(|host| {
                host.parse().map_err(|source| FetchError::SecretHost { name: name.to_owned(), source })
            });
            let hosts = hosts.collect::<Result<_, _>>()?;
            Ok((name.to_owned(), FetchSecret { value: secret.value.clone(), hosts }))
        };
        secrets.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The first secret that a body asks for, of those that requests may have.
    pub fn named_in<'t>(&self, body: &'t [u8]) -> Option<&'t str> {
        let mut names = names(body, IN_TEXT);
        if self.0.is_empty() { None } else { names.find(|name| self.sendable(name).is_some()) }
    }

    fn sendable(&self, name: &str) -> Option<&FetchSecret> {
        self.0.get(name).filter(|secret| !secret.hosts.is_empty())
    }

    /// A secret's value, if this URL may get it.
    fn value(&self, name: &str, url: &Url) -> Result<&str, Error> {
        let host = entry(url);
        let Some(secret) = self.0.get(name) else {
            let variable = name.to_uppercase().replace('-', "_");
            return denied(format!(
                "secret '{name}' is not in flux.toml; hint: add\n[secrets.{name}]\nenv = \"{variable}\"\nhosts = [\"{host}\"]"
            ));
        };
        if secret.hosts.is_empty() {
            return denied(format!(
                "secret '{name}' is sent to no host; hint: add hosts = [\"{host}\"] to [secrets.{name}]"
            ));
        }
        if !secret.hosts.iter().any(|pattern| pattern.allows(url)) {
            return denied(format!(
                "secret '{name}' is not for '{}'; hint: add \"{host}\" to hosts of [secrets.{name}]",
                place(url)
            ));
        }
        Ok(&secret.value)
    }

    /// A redirect's URL may repeat a secret of the request: only its hosts get it this way too.
    pub fn may_stand_in(&self, url: &Url, named: &[(String, String)]) -> Result<(), Error> {
        let carried = named.iter().filter(|(_, value)| url.as_str().contains(value));
        for (name, _) in carried {
            if self.value(name, url).is_err() {
                let place = place(url);
                return denied(format!("a redirect would take secret '{name}' to '{place}', no host of it"));
            }
        }
        Ok(())
    }

    /// A text with its secrets, of at most so many bytes; borrowed if it has none.
    pub fn fill<'t>(
        &self,
        text: &'t [u8],
        encoding: Encoding,
        url: &Url,
        most: usize,
    ) -> Result<Cow<'t, [u8]>, Error> {
        self.fill_from(IN_TEXT, text, encoding, url, most)
    }

    /// A URL with the secrets of its query.
    pub fn fill_url(&self, url: &mut Url, most: usize) -> Result<(), Error> {
        let query = url.query().unwrap_or_default();
        let filled = match self.fill_from(IN_URL, query.as_bytes(), Encoding::Percent, url, most)? {
            Cow::Borrowed(_) => return Ok(()),
            Cow::Owned(filled) => String::from_utf8_lossy(&filled).into_owned(),
        };
        url.set_query(Some(&filled));
        Ok(())
    }

    fn fill_from<'t>(
        &self,
        begin: &str,
        text: &'t [u8],
        encoding: Encoding,
        url: &Url,
        most: usize,
    ) -> Result<Cow<'t, [u8]>, Error> {
        let (mut filled, mut rest) = (Vec::new(), text);
        while let Some((before, name, after)) = next(rest, begin) {
            filled.extend_from_slice(before);
            let value = self.value(name, url)?;
            match encoding {
                Encoding::Plain => filled.extend_from_slice(value.as_bytes()),
                Encoding::Percent => filled.extend_from_slice(percent(value).as_bytes()),
            }
            // A placeholder is short and a value may be long: their number times that is no bound.
            if filled.len() > most {
                return Err(Error::TooLarge);
            }
            rest = after;
        }
        if rest.len() == text.len() {
            return Ok(Cow::Borrowed(text));
        }
        filled.extend_from_slice(rest);
        Ok(Cow::Owned(filled))
    }

    /// The names and values of the secrets that a request has by placeholder.
    pub fn of(&self, request: &Request) -> Vec<(String, String)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        // As it is sent: what a URL leaves out, such as tabs, may stand within a placeholder.
        let url = Url::parse(&request.url).ok();
        let query = url.as_ref().and_then(Url::query).unwrap_or_default();
        let headers = request.headers.iter().flat_map(|(_, value)| names(value.as_bytes(), IN_TEXT));
        let all = names(query.as_bytes(), IN_URL).chain(headers).chain(names(&request.body, IN_TEXT));
        let all: BTreeSet<_> = all.collect();
        let named =
            all.into_iter().filter_map(|name| Some((name.to_owned(), self.sendable(name)?.value.clone())));
        named.collect()
    }

    /// The same, with the values in each way that they are sent, as far as they are looked for in an answer.
    pub fn sent(&self, request: &Request) -> Vec<(String, String)> {
        let forms = |(name, value): (String, String)| {
            let forms = [percent(&value), value].into_iter().filter(|sent| sent.len() >= SHORTEST);
            forms.map(move |sent| (name.clone(), sent))
        };
        let mut found: Vec<_> = self.of(request).into_iter().flat_map(forms).collect();
        // The longest first: a secret may be the beginning of another, whose rest would stay.
        found.sort_by_key(|(_, value)| Reverse(value.len()));
        found.dedup();
        found
    }
}

fn denied<T>(why: String) -> Result<T, Error> {
    Err(Error::Denied(why))
}

/// Every byte but letters, digits and `*-._` is written as in a form, a space as everywhere else.
fn percent(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Whether a text has a placeholder, as it is or as in a URL.
pub(crate) fn has_placeholder(text: &[u8]) -> bool {
    [IN_TEXT, IN_URL].iter().any(|begin| next(text, begin).is_some())
}

/// The names of all placeholders of a text.
fn names<'t>(text: &'t [u8], begin: &'t str) -> impl Iterator<Item = &'t str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, name, after) = next(rest, begin)?;
        rest = after;
        Some(name)
    })
}

/// What stands before the first placeholder, its name, and what comes after it.
fn next<'t>(text: &'t [u8], begin: &str) -> Option<(&'t [u8], &'t str, &'t [u8])> {
    let mut from = 0;
    while let Some(at) = memmem::find(&text[from..], begin.as_bytes()) {
        let start = from + at;
        let name = start + begin.len();
        let length = text[name..].iter().take_while(|byte| is_of_name(**byte)).count();
        let rest = &text[name + length..];
        if length > 0 && rest.starts_with(END) {
            let read = std::str::from_utf8(&text[name..name + length]).ok()?;
            return Some((&text[..start], read, &rest[END.len()..]));
        }
        from = name;
    }
    None
}

/// The bare keys of TOML: other text in braces is no placeholder.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Takes secrets out of an answer: where a value stands there is its placeholder, the very text that the guest wrote.
/// The journal has it so, too. A value that a guest holds has another text there (`flux_recorder::stand_in`), so a
/// recording shows which of the two a guest does.
pub(crate) fn hide(secrets: &[(String, String)], answer: &mut Result<Response, Error>) {
    for (name, value) in secrets {
        let placeholder = format!("{IN_TEXT}{name}}}}}");
        match answer {
            Ok(response) => {
                for (_, text) in &mut response.headers {
                    *text = text.replace(value, &placeholder);
                }
                response.body = replaced(std::mem::take(&mut response.body), value, &placeholder);
            }
            Err(
                Error::Denied(text)
                | Error::Invalid(text)
                | Error::Dns(text)
                | Error::Connect(text)
                | Error::Tls(text)
                | Error::Protocol(text),
            ) => *text = text.replace(value, &placeholder),
            Err(Error::Timeout | Error::TooLarge) => {}
        }
    }
}

fn replaced(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &bytes[..];
    while let Some(at) = memmem::find(rest, from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    if rest.len() == bytes.len() {
        return bytes;
    }
    out.extend_from_slice(rest);
    out
}

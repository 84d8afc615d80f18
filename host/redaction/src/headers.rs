//! Named headers: the value, but not what says how to read it, so that a replayed guest still can.

use flux_recorder::Value;

use crate::replacer::Replacer;

/// Parts of a cookie that are shorter are no secrets, and their other places are left alone.
const SHORTEST: usize = 8;

/// Redacts a header, if it is named. What is no header is hidden as a whole.
pub(crate) fn redact(at: &mut Replacer<'_>, named: &[String], header: &mut Value) {
    let pair = match header {
        Value::Tuple(pair) => pair.as_mut_slice(),
        other => return at.everything(other),
    };
    let [Value::String(name), value] = pair else { return at.everything(header) };
    if !named.iter().any(|header| header.eq_ignore_ascii_case(name)) {
        return;
    }
    let lower = name.to_ascii_lowercase();
    let Value::String(text) = &*value else { return at.everything(value) };
    let parts = match lower.as_str() {
        "authorization" | "proxy-authorization" => credentials(at, text),
        "cookie" => Some(text.split("; ").map(|it| cookie(at, it)).collect::<Vec<_>>().join("; ")),
        "set-cookie" => text.split_once(';').map(|(first, rest)| format!("{};{rest}", cookie(at, first))),
        _ => None,
    };
    match parts {
        Some(text) => *value = Value::String(text),
        None => at.whole(value),
    }
}

/// `Bearer …`: the scheme stays.
fn credentials(at: &mut Replacer<'_>, text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(' ')?;
    let is_scheme = scheme.len() <= 16 && scheme.bytes().all(|it| it.is_ascii_alphabetic() || it == b'-');
    is_scheme.then(|| format!("{scheme} {}", at.replace(rest.as_bytes()).unwrap_or_else(|| rest.to_owned())))
}

/// `name=value`: the name stays.
fn cookie(at: &mut Replacer<'_>, text: &str) -> String {
    let (name, value) = text.split_once('=').map_or((None, text), |(name, value)| (Some(name), value));
    let stands = match value.len() < SHORTEST {
        true => at.replaced(value.as_bytes()),
        false => at.replace(value.as_bytes()),
    };
    let stands = stands.unwrap_or_else(|| value.to_owned());
    name.map_or(stands.clone(), |name| format!("{name}={stands}"))
}

//! The members of a body that is JSON: those that flux.toml names are replaced, and every other byte stays.

use flux_recorder::Value;
use flux_recorder::stand_in::in_json;

use crate::json::{self, Found, Kind, Path};
use crate::replacer::Replacer;

/// Replaces the members at these paths.
pub(crate) fn redact(at: &mut Replacer<'_>, paths: &[Path], body: &mut Value) {
    let bytes = match body {
        Value::Bytes(bytes) => bytes.as_slice(),
        Value::String(text) => text.as_bytes(),
        _ => return,
    };
    let mut out = Vec::new();
    let mut from = 0;
    for found in json::find(paths, bytes) {
        if let Some(text) = member(at, &found, &bytes[found.span.clone()]) {
            out.extend_from_slice(&bytes[from..found.span.start]);
            out.extend_from_slice(format!("\"{text}\"").as_bytes());
            from = found.span.end;
        }
    }
    if from == 0 {
        return;
    }
    out.extend_from_slice(&bytes[from..]);
    *body = match body {
        Value::String(_) => Value::String(String::from_utf8_lossy(&out).into_owned()),
        _ => Value::Bytes(out),
    };
}

/// What stands for a member of a body, between quotes; `raw` is the member as it stands there.
fn member(at: &mut Replacer<'_>, found: &Found, raw: &[u8]) -> Option<String> {
    let plain = &found.plain;
    if found.kind == Kind::Text {
        let text = at.replace(plain)?;
        let inner = raw.strip_prefix(b"\"").unwrap_or(raw);
        return Some(in_json(&text, inner.strip_suffix(b"\"").unwrap_or(inner)));
    }
    if found.kind == Kind::Compound {
        json::leaves(plain).iter().for_each(|leaf| drop(at.replace(&leaf.plain)));
    }
    let text = at.replaced_other(plain)?;
    // Either word is in every text.
    if found.kind != Kind::Word {
        at.known.add(plain, &text);
    }
    Some(text)
}

//! A value without what flux.toml ignores and without the case of header names: two values are equal under
//! the tolerances exactly when these bytes are.
//!
//! A covered member or item is left out together with what separates it from the one before, so it
//! makes no difference whether it is there, or where. What is left of a JSON text is a JSON text, byte
//! for byte as it was.

use std::borrow::Cow;

use flux_recorder::canonical::{put_name, put_varint, tag};
use flux_recorder::{Encode, Value};

use crate::headers::fold_names;
use crate::json::{Document, Kind, unescaped};
use crate::node::{Child, Container, Key, Node, Shape};
use crate::path::write_quoted;
use crate::tolerance::{Scope, Tolerances};

// The first byte says how to read the rest. None of them is a tag of the canonical form.
const COVERED: u8 = 0xf0;
const MASKED: u8 = 0xf1;
const UNREADABLE: u8 = 0xf2;
// Inside, where the canonical form has no tag of its own.
const JSON: u8 = 0xf3;
const PAIRS: u8 = 0xf4;
const JSON_TEXT: u8 = 0xf5;

/// The bytes that count of a canonical value. Without a tolerance for this root, the value itself with
/// the names of its headers in lower case.
///
/// Masks may be compared only if root and tolerances are the same.
pub fn mask<'a>(root: &str, value: &'a [u8], tolerances: &Tolerances) -> Cow<'a, [u8]> {
    let scope = tolerances.scope(root);
    if scope.cover.is_some() {
        return Cow::Borrowed(&[COVERED]);
    }
    let mut tree = Value::read(value);
    let folded = tree.as_mut().is_ok_and(fold_names);
    if scope.is_idle() && !folded {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len() + 16);
    match tree {
        Ok(tree) if scope.is_idle() => tree.encode(&mut out),
        Ok(tree) => {
            out.push(MASKED);
            put_value(&tree, &scope, &mut out);
        }
        Err(_) => {
            out.push(UNREADABLE);
            out.extend_from_slice(value);
        }
    }
    Cow::Owned(out)
}

fn put_value(value: &Value, scope: &Scope<'_>, out: &mut Vec<u8>) {
    if scope.is_idle() {
        return value.encode(out);
    }
    match value {
        Value::Bytes(bytes) => match Document::parse(bytes) {
            Some(document) => put_document(JSON, &document, scope, out),
            None => value.encode(out),
        },
        Value::String(text) => match Document::of_text(text) {
            Some(document) => put_document(JSON_TEXT, &document, scope, out),
            None => value.encode(out),
        },
        Value::Option(Some(inner)) => put_tagged(tag::SOME, inner, scope, out),
        Value::Result(Ok(inner)) => put_tagged(tag::OK, inner, scope, out),
        Value::Result(Err(inner)) => put_tagged(tag::ERR, inner, scope, out),
        Value::Variant(name, inner) => {
            out.push(tag::VARIANT);
            put_name(out, name);
            put_value(inner, scope, out);
        }
        value => match Node::Value(value).container(scope.headers) {
            Some(container) => put_container(&container, scope, out),
            None => value.encode(out),
        },
    }
}

fn put_tagged(tag: u8, inner: &Value, scope: &Scope<'_>, out: &mut Vec<u8>) {
    out.push(tag);
    put_value(inner, scope, out);
}

fn put_container(container: &Container<'_>, scope: &Scope<'_>, out: &mut Vec<u8>) {
    let kept = kept(container, scope);
    out.push(match container.shape {
        Shape::Record => tag::RECORD,
        Shape::Tuple => tag::TUPLE,
        // Nothing tells an empty list of pairs from another empty list.
        Shape::Pairs if !kept.is_empty() => PAIRS,
        _ => tag::LIST,
    });
    put_varint(out, kept.len() as u64);
    for (child, below) in in_order(container, kept, scope) {
        if let Key::Name { name, .. } = &child.key {
            put_name(out, name);
        }
        if let Node::Value(value) = child.node {
            put_value(value, &below, out);
        }
    }
}

/// The children that are not covered, by their places, each with what concerns it.
fn kept<'t>(container: &Container<'_>, scope: &Scope<'t>) -> Vec<(usize, Scope<'t>)> {
    let each = container.children.iter().map(|child| scope.below(&child.key)).enumerate();
    each.filter(|(_, below)| below.cover.is_none()).collect()
}

/// Sorted by name, where the order does not count.
fn in_order<'c, 'a, 't>(
    container: &'c Container<'a>,
    kept: Vec<(usize, Scope<'t>)>,
    scope: &Scope<'t>,
) -> Vec<(&'c Child<'a>, Scope<'t>)> {
    let mut kept: Vec<_> =
        kept.into_iter().map(|(place, below)| (&container.children[place], below)).collect();
    if scope.order_is_free(container.is_json()).is_some() {
        kept.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    }
    kept
}

fn put_document(tag: u8, document: &Document<'_>, scope: &Scope<'_>, out: &mut Vec<u8>) {
    let mut text = String::with_capacity(document.text().len());
    let (before, behind) = if scope.layout_is_free().is_some() { ("", "") } else { document.around() };
    text.push_str(before);
    put_json(document, 0, scope, &mut text);
    text.push_str(behind);
    out.push(tag);
    put_name(out, &text);
}

fn put_json<'a>(document: &'a Document<'a>, id: usize, scope: &Scope<'_>, out: &mut String) {
    let raw = document.raw(id);
    if scope.is_idle() {
        return out.push_str(raw);
    }
    match Node::Json(document, id).container(false) {
        Some(container) => put_items(&container, scope, out),
        None if document.entry(id).kind == Kind::Text && scope.layout_is_free().is_some() => {
            put_text(&unescaped(raw), out);
        }
        None => out.push_str(raw),
    }
}

fn put_items(container: &Container<'_>, scope: &Scope<'_>, out: &mut String) {
    let free = scope.layout_is_free().is_some();
    let (open, close) = if container.shape == Shape::Object { ('{', '}') } else { ('[', ']') };
    let kept = kept(container, scope);
    let places: Vec<_> = kept.iter().map(|(place, _)| *place).collect();
    let gaps = Gaps::of(container, &places);
    out.push(open);
    out.push_str(if free { "" } else { gaps.open });
    for (place, (child, below)) in in_order(container, kept, scope).into_iter().enumerate() {
        if let Some(separator) = place.checked_sub(1).map(|before| gaps.separators[before]) {
            out.push_str(if free { "," } else { separator });
        }
        match &child.key {
            Key::Name { name, .. } if free => {
                put_text(name, out);
                out.push(':');
            }
            _ => out.push_str(child.lead),
        }
        if let Node::Json(document, id) = child.node {
            put_json(document, id, &below, out);
        }
    }
    out.push_str(if free { "" } else { gaps.close });
    out.push(close);
}

fn put_text(text: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write_quoted(out, text);
}

/// The white space and commas that are left of a JSON array or object when only some of its children
/// are. What goes takes along the separator before it; if nothing stays, all of the white space goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gaps<'a> {
    pub open: &'a str,
    pub separators: Vec<&'a str>,
    pub close: &'a str,
}

impl<'a> Gaps<'a> {
    /// What is left of these children, given by their places in order.
    pub fn of(container: &Container<'a>, kept: &[usize]) -> Self {
        let nothing_left = kept.is_empty() && !container.children.is_empty();
        let (open, close) = if nothing_left { ("", "") } else { (container.open, container.close) };
        let separator = |place: &usize| container.children[*place].separator;
        Self { open, separators: kept.iter().skip(1).map(separator).collect(), close }
    }
}

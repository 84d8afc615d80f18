//! The types of wit/ as JavaScript values, in the form that the bindings of a component have: records
//! are objects with names in camel case, 64 bits are `bigint`, absent is `undefined`, a variant is
//! `{ tag, val }`.

use deno_core::convert::{FromV8, ToV8, Uint8Array};
use deno_core::v8;
use deno_error::JsErrorBox;
use flux_host::bindings::exports::flux::host::{http_handler, job_handler};
use flux_host::bindings::flux::host::{clock, db, fetch, kv, queue};
use flux_recorder::Value;

use crate::calls::{Answer, canonical};

/// A scope in which values are made and read.
pub type Scope<'s, 'i> = v8::PinScope<'s, 'i>;
/// A value in a scope.
pub type Local<'s> = v8::Local<'s, v8::Value>;
/// Names and values.
pub type Pairs = Vec<(String, String)>;

/// What a value must be, and is not. The SDK's types keep guests from it.
fn expected(what: &str) -> JsErrorBox {
    JsErrorBox::type_error(format!("the host expected {what}"))
}

fn name<'s>(scope: &mut Scope<'s, '_>, name: &str) -> Local<'s> {
    let text = v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized);
    text.map_or_else(|| v8::undefined(scope).into(), Into::into)
}

fn text<'s>(scope: &mut Scope<'s, '_>, text: &str) -> Local<'s> {
    let text = v8::String::new(scope, text);
    text.map_or_else(|| v8::undefined(scope).into(), Into::into)
}

fn bytes<'s>(scope: &mut Scope<'s, '_>, bytes: Vec<u8>) -> Local<'s> {
    Uint8Array::from(bytes).to_v8(scope).unwrap_or_else(|_| v8::undefined(scope).into())
}

fn object<'s, const N: usize>(scope: &mut Scope<'s, '_>, fields: [(&str, Local<'s>); N]) -> Local<'s> {
    let object = v8::Object::new(scope);
    for (field, value) in fields {
        let key = name(scope, field);
        object.set(scope, key, value);
    }
    object.into()
}

fn list<'s, T>(
    scope: &mut Scope<'s, '_>,
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut Scope<'s, '_>, T) -> Local<'s>,
) -> Local<'s> {
    let items: Vec<_> = items.into_iter().map(|it| item(scope, it)).collect();
    v8::Array::new_with_elements(scope, &items).into()
}

fn option<'s, T>(
    scope: &mut Scope<'s, '_>,
    value: Option<T>,
    some: impl FnOnce(&mut Scope<'s, '_>, T) -> Local<'s>,
) -> Local<'s> {
    match value {
        Some(value) => some(scope, value),
        None => v8::undefined(scope).into(),
    }
}

fn pairs<'s>(scope: &mut Scope<'s, '_>, pairs: Pairs) -> Local<'s> {
    list(scope, pairs, |scope, (key, value)| {
        let pair = [text(scope, &key), text(scope, &value)];
        v8::Array::new_with_elements(scope, &pair).into()
    })
}

fn tagged<'s>(scope: &mut Scope<'s, '_>, tag: &str, value: Option<Local<'s>>) -> Local<'s> {
    let tag = name(scope, tag);
    match value {
        Some(value) => object(scope, [("tag", tag), ("val", value)]),
        None => object(scope, [("tag", tag)]),
    }
}

/// A request, for the guest's handler.
pub fn request<'s>(scope: &mut Scope<'s, '_>, request: http_handler::Request) -> Local<'s> {
    let fields = [
        ("method", text(scope, &request.method)),
        ("path", text(scope, &request.path)),
        ("query", option(scope, request.query, |scope, it| text(scope, &it))),
        ("headers", pairs(scope, request.headers)),
        ("body", bytes(scope, request.body)),
        ("params", pairs(scope, request.params)),
    ];
    object(scope, fields)
}

/// A job, for the guest's handler.
pub fn job<'s>(scope: &mut Scope<'s, '_>, job: job_handler::Job) -> Local<'s> {
    let fields = [
        ("id", text(scope, &job.id)),
        ("queue", text(scope, &job.queue)),
        ("payload", bytes(scope, job.payload)),
        ("attempt", v8::Integer::new_from_unsigned(scope, job.attempt).into()),
    ];
    object(scope, fields)
}

/// An error of any interface, by its canonical form: a case's name, and the text or the record in it.
pub fn error<'s>(scope: &mut Scope<'s, '_>, error: Value) -> Local<'s> {
    match error {
        Value::Enum(tag) => tagged(scope, &tag, None),
        Value::Variant(tag, value) => {
            let value = plain(scope, *value);
            tagged(scope, &tag, Some(value))
        }
        other => plain(scope, other),
    }
}

/// Texts and records of texts are all that errors have.
fn plain<'s>(scope: &mut Scope<'s, '_>, value: Value) -> Local<'s> {
    match value {
        Value::String(value) => text(scope, &value),
        Value::Option(Some(value)) => plain(scope, *value),
        Value::Record(fields) => {
            let record = v8::Object::new(scope);
            for (field, value) in fields {
                let (key, value) = (name(scope, &field), plain(scope, value));
                record.set(scope, key, value);
            }
            record.into()
        }
        _ => v8::undefined(scope).into(),
    }
}

/// A value of a column.
fn cell<'s>(scope: &mut Scope<'s, '_>, value: db::Value) -> Local<'s> {
    let (tag, value) = match value {
        db::Value::Null => ("null", None),
        db::Value::Boolean(it) => ("boolean", Some(v8::Boolean::new(scope, it).into())),
        db::Value::Integer(it) => ("integer", Some(v8::BigInt::new_from_i64(scope, it).into())),
        db::Value::Real(it) => ("real", Some(v8::Number::new(scope, it).into())),
        db::Value::Text(it) => ("text", Some(text(scope, &it))),
        db::Value::Bytes(it) => ("bytes", Some(bytes(scope, it))),
    };
    tagged(scope, tag, value)
}

/// Rows of a query.
pub fn rows<'s>(scope: &mut Scope<'s, '_>, rows: db::Rows) -> Local<'s> {
    let columns = list(scope, rows.columns, |scope, it| text(scope, &it));
    let rows = list(scope, rows.rows, |scope, row| list(scope, row, cell));
    object(scope, [("columns", columns), ("rows", rows)])
}

/// A value of a bucket; `undefined` where there is none.
pub fn entry<'s>(scope: &mut Scope<'s, '_>, entry: Option<kv::Entry>) -> Local<'s> {
    option(scope, entry, |scope, entry| {
        let fields = [("value", bytes(scope, entry.value)), ("version", text(scope, &entry.version))];
        object(scope, fields)
    })
}

/// A page of keys.
pub fn page<'s>(scope: &mut Scope<'s, '_>, page: kv::Page) -> Local<'s> {
    let keys = list(scope, page.keys, |scope, it| text(scope, &it));
    let next = option(scope, page.next, |scope, it| text(scope, &it));
    object(scope, [("keys", keys), ("next", next)])
}

/// A response to an outgoing request.
pub fn response<'s>(scope: &mut Scope<'s, '_>, response: fetch::Response) -> Local<'s> {
    let fields = [
        ("status", v8::Integer::new(scope, response.status.into()).into()),
        ("headers", pairs(scope, response.headers)),
        ("body", bytes(scope, response.body)),
    ];
    object(scope, fields)
}

/// Responses and errors, in the order of the requests.
pub fn responses<'s>(
    scope: &mut Scope<'s, '_>,
    answers: Vec<Result<fetch::Response, fetch::Error>>,
) -> Local<'s> {
    list(scope, answers, |scope, answer| match answer {
        Ok(it) => {
            let value = response(scope, it);
            tagged(scope, "ok", Some(value))
        }
        Err(it) => {
            let value = error(scope, canonical(&it));
            tagged(scope, "err", Some(value))
        }
    })
}

/// A text.
pub fn string<'s>(scope: &mut Scope<'s, '_>, value: String) -> Local<'s> {
    text(scope, &value)
}

/// The value of a function that has none.
pub fn nothing<'s>(scope: &mut Scope<'s, '_>, (): ()) -> Local<'s> {
    v8::undefined(scope).into()
}

/// `bool`.
pub fn flag<'s>(scope: &mut Scope<'s, '_>, value: bool) -> Local<'s> {
    v8::Boolean::new(scope, value).into()
}

/// A handle.
pub fn handle<'s>(scope: &mut Scope<'s, '_>, value: u32) -> Local<'s> {
    v8::Integer::new_from_unsigned(scope, value).into()
}

/// `u64`.
pub fn unsigned<'s>(scope: &mut Scope<'s, '_>, value: u64) -> Local<'s> {
    v8::BigInt::new_from_u64(scope, value).into()
}

/// `s64`.
pub fn signed<'s>(scope: &mut Scope<'s, '_>, value: i64) -> Local<'s> {
    v8::BigInt::new_from_i64(scope, value).into()
}

/// A point in time.
pub fn datetime<'s>(scope: &mut Scope<'s, '_>, value: clock::Datetime) -> Local<'s> {
    let fields =
        [("seconds", unsigned(scope, value.seconds)), ("nanoseconds", handle(scope, value.nanoseconds))];
    object(scope, fields)
}

/// `{ value }` or `{ error }`, as js/host.js takes answers.
pub fn answer<'s>(scope: &mut Scope<'s, '_>, answer: Answer) -> Local<'s> {
    match answer {
        Ok(make) => {
            let value = make(scope);
            object(scope, [("value", value)])
        }
        Err(value) => {
            let value = error(scope, value);
            object(scope, [("error", value)])
        }
    }
}

fn field<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>, field: &str) -> Result<Local<'s>, JsErrorBox> {
    let object: v8::Local<v8::Object> = value.try_into().map_err(|_| expected("an object"))?;
    let key = name(scope, field);
    object.get(scope, key).ok_or_else(|| expected(field))
}

fn read<'s, T: FromV8<'s>>(scope: &mut Scope<'s, '_>, value: Local<'s>, name: &str) -> Result<T, JsErrorBox> {
    let value = field(scope, value, name)?;
    T::from_v8(scope, value).map_err(|_| expected(name))
}

/// Bytes that the guest may change afterwards.
fn copied(value: Local<'_>) -> Result<Vec<u8>, JsErrorBox> {
    let view: v8::Local<v8::ArrayBufferView> = value.try_into().map_err(|_| expected("bytes"))?;
    let mut bytes = vec![0; view.byte_length()];
    let copied = view.copy_contents(&mut bytes);
    bytes.truncate(copied);
    Ok(bytes)
}

fn read_signed(value: Local<'_>) -> Result<i64, JsErrorBox> {
    let number: v8::Local<v8::BigInt> = value.try_into().map_err(|_| expected("a bigint"))?;
    match number.i64_value() {
        (number, true) => Ok(number),
        _ => Err(expected("a bigint of 64 bits with sign")),
    }
}

fn read_unsigned(value: Local<'_>) -> Result<u64, JsErrorBox> {
    let number: v8::Local<v8::BigInt> = value.try_into().map_err(|_| expected("a bigint"))?;
    match number.u64_value() {
        (number, true) => Ok(number),
        _ => Err(expected("a bigint of 64 bits without sign")),
    }
}

/// Reads a type of wit/ from JavaScript.
macro_rules! from_v8 {
    ($(#[$doc:meta])* $name:ident($type:ty), $read:expr) => {
        $(#[$doc])*
        pub struct $name(pub $type);

        impl<'s> FromV8<'s> for $name {
            type Error = JsErrorBox;

            fn from_v8<'i>(scope: &mut v8::PinScope<'s, 'i>, value: Local<'s>) -> Result<Self, JsErrorBox> {
                let read: fn(&mut v8::PinScope<'s, 'i>, Local<'s>) -> Result<$type, JsErrorBox> = $read;
                read(scope, value).map(Self)
            }
        }
    };
}

from_v8!(
    /// `list<u8>`.
    ByteList(Vec<u8>), |_, value| copied(value)
);
from_v8!(
    /// `s64`.
    Signed(i64), |_, value| read_signed(value)
);
from_v8!(
    /// A parameter of a statement.
    Param(db::Value), |scope, value| {
        let tag: String = read(scope, value, "tag")?;
        let val = field(scope, value, "val")?;
        Ok(match tag.as_str() {
            "null" => db::Value::Null,
            "boolean" => db::Value::Boolean(val.is_true()),
            "integer" => db::Value::Integer(read_signed(val)?),
            "real" => db::Value::Real(read(scope, value, "val")?),
            "text" => db::Value::Text(val.to_rust_string_lossy(scope)),
            "bytes" => db::Value::Bytes(copied(val)?),
            _ => return Err(expected("a value of db")),
        })
    }
);
from_v8!(
    /// `kv.set-options`.
    SetOptions(kv::SetOptions), |scope, value| {
        let ttl = field(scope, value, "ttlMs")?;
        let only_if = field(scope, value, "onlyIf")?;
        let ttl_ms = (!ttl.is_undefined()).then(|| read_unsigned(ttl)).transpose()?;
        if only_if.is_undefined() {
            return Ok(kv::SetOptions { ttl_ms, only_if: None });
        }
        let tag: String = read(scope, only_if, "tag")?;
        let condition = match tag.as_str() {
            "absent" => kv::Condition::Absent,
            _ => kv::Condition::Version(read(scope, only_if, "val")?),
        };
        Ok(kv::SetOptions { ttl_ms, only_if: Some(condition) })
    }
);
from_v8!(
    /// `queue.options`.
    QueueOptions(queue::Options), |scope, value| {
        let delay = field(scope, value, "delayMs")?;
        Ok(queue::Options {
            delay_ms: (!delay.is_undefined()).then(|| read_unsigned(delay)).transpose()?,
            idempotency_key: read(scope, value, "idempotencyKey")?,
            max_attempts: read(scope, value, "maxAttempts")?,
        })
    }
);
from_v8!(
    /// `fetch.request`.
    FetchRequest(fetch::Request), |scope, value| {
        let body = field(scope, value, "body")?;
        Ok(fetch::Request {
            method: read(scope, value, "method")?,
            url: read(scope, value, "url")?,
            headers: read(scope, value, "headers")?,
            body: copied(body)?,
            timeout_ms: read(scope, value, "timeoutMs")?,
        })
    }
);
from_v8!(
    /// The response of the guest's handler.
    Response(http_handler::Response), |scope, value| {
        let body = field(scope, value, "body")?;
        Ok(http_handler::Response {
            status: read(scope, value, "status")?,
            headers: read(scope, value, "headers")?,
            body: copied(body)?,
        })
    }
);
from_v8!(
    /// What the guest's handler said of a job that it did not do.
    Failure(job_handler::Failure), |scope, value| {
        let tag: String = read(scope, value, "tag")?;
        let reason = read(scope, value, "val")?;
        Ok(match tag.as_str() {
            "discard" => job_handler::Failure::Discard(reason),
            _ => job_handler::Failure::Retry(reason),
        })
    }
);

//! Reads the guest's values by the types of WIT. The SDK's types keep guests from values that do not fit.

use std::borrow::Cow;

use deno_core::v8;
use deno_error::JsErrorBox;
use flux_host::interface::Type;
use flux_recorder::Value;

use crate::convert::{Local, Scope};
use crate::table::camel;

type Read<T> = Result<T, JsErrorBox>;

/// What a value must be, and is not.
fn expected(what: &str) -> JsErrorBox {
    JsErrorBox::type_error(format!("the host expected {what}"))
}

/// The arguments of a function, as a capability takes them.
pub fn arguments<'s>(
    scope: &mut Scope<'s, '_>,
    parameters: &[(String, Type)],
    array: v8::Local<'s, v8::Array>,
) -> Read<Value> {
    let mut arguments = Vec::with_capacity(parameters.len());
    for (index, (_, parameter)) in parameters.iter().enumerate() {
        let argument = item(scope, array.into(), index as u32)?;
        arguments.push(read(scope, parameter, argument)?);
    }
    Ok(if arguments.is_empty() { Value::Unit } else { Value::Tuple(arguments) })
}

/// A value of a type.
pub fn read<'s>(scope: &mut Scope<'s, '_>, wanted: &Type, value: Local<'s>) -> Read<Value> {
    Ok(match wanted {
        Type::Bool => Value::Bool(value.boolean_value(scope)),
        Type::Unsigned(bits) => Value::Unsigned(unsigned(scope, *bits, value)?),
        Type::Signed(bits) => Value::Signed(signed(scope, *bits, value)?),
        Type::F32 => Value::F32(float(scope, value)? as f32),
        Type::F64 => Value::F64(float(scope, value)?),
        Type::Char => Value::Char(letter(&string(scope, value)?)?),
        Type::String => Value::String(string(scope, value)?),
        Type::Bytes => Value::Bytes(copied(value)?),
        Type::List(item) => Value::List(list(scope, item, value)?),
        Type::Option(inner) => Value::Option(option(scope, inner, value)?.map(Box::new)),
        Type::Result(parts) => result(scope, parts, value)?,
        Type::Tuple(items) => {
            let array = object(value)?;
            let mut read_items = Vec::with_capacity(items.len());
            for (index, wanted) in items.iter().enumerate() {
                let found = item(scope, array, index as u32)?;
                read_items.push(read(scope, wanted, found)?);
            }
            Value::Tuple(read_items)
        }
        Type::Record(fields) => {
            let mut record = Vec::with_capacity(fields.len());
            for (name, wanted) in fields {
                record.push((name.clone(), member(scope, value, name, wanted)?));
            }
            Value::Record(record)
        }
        Type::Variant(cases) => {
            let tag = tag(scope, value)?;
            match cases.iter().find(|(name, _)| *name == tag) {
                Some((_, None)) => Value::Enum(tag),
                Some((_, Some(payload))) => {
                    Value::Variant(tag, Box::new(member(scope, value, "val", payload)?))
                }
                None => return Err(expected(&one_of(cases.iter().map(|(name, _)| name)))),
            }
        }
        Type::Enum(cases) => {
            let case = string(scope, value)?;
            if !cases.contains(&case) {
                return Err(expected(&one_of(cases.iter())));
            }
            Value::Enum(case)
        }
        Type::Handle(_) => member(scope, value, "handle", &Type::Unsigned(32))?,
    })
}

fn one_of<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(String::as_str).collect();
    format!("one of {}", names.join(", "))
}

fn object(value: Local<'_>) -> Read<v8::Local<'_, v8::Object>> {
    value.try_into().map_err(|_| expected("an object"))
}

fn field<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>, name: &str) -> Read<Local<'s>> {
    let object = object(value)?;
    let key = v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized);
    let key = key.ok_or_else(|| expected(name))?;
    object.get(scope, key.into()).ok_or_else(|| expected(name))
}

/// A field of an object, by its name in WIT. What it should be, is said with its name.
fn member<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>, name: &str, wanted: &Type) -> Read<Value> {
    let name = if name.contains('-') { Cow::Owned(camel(name)) } else { Cow::Borrowed(name) };
    let found = field(scope, value, &name)?;
    read(scope, wanted, found).map_err(|error| JsErrorBox::type_error(format!("{error}, as {name}")))
}

fn item<'s>(scope: &mut Scope<'s, '_>, array: v8::Local<'s, v8::Object>, index: u32) -> Read<Local<'s>> {
    array.get_index(scope, index).ok_or_else(|| expected("an array"))
}

fn list<'s>(scope: &mut Scope<'s, '_>, wanted: &Type, value: Local<'s>) -> Read<Vec<Value>> {
    if !value.is_array() && !value.is_typed_array() {
        return Err(expected("an array"));
    }
    let (array, length) = (object(value)?, field(scope, value, "length")?);
    let length = length.uint32_value(scope).unwrap_or_default();
    let mut items = Vec::new();
    for index in 0..length {
        let found = item(scope, array, index)?;
        items.push(read(scope, wanted, found)?);
    }
    Ok(items)
}

fn option<'s>(scope: &mut Scope<'s, '_>, inner: &Type, value: Local<'s>) -> Read<Option<Value>> {
    match inner {
        // Two kinds of absent can be told apart.
        Type::Option(_) => match tag(scope, value)?.as_str() {
            "none" => Ok(None),
            _ => member(scope, value, "val", inner).map(Some),
        },
        _ if value.is_null_or_undefined() => Ok(None),
        _ => read(scope, inner, value).map(Some),
    }
}

fn result<'s>(
    scope: &mut Scope<'s, '_>,
    parts: &(Option<Type>, Option<Type>),
    value: Local<'s>,
) -> Read<Value> {
    let tag = tag(scope, value)?;
    let mut half = |wanted: &Option<Type>| match wanted {
        Some(wanted) => member(scope, value, "val", wanted).map(Box::new),
        None => Ok(Box::new(Value::Unit)),
    };
    let found = match tag.as_str() {
        "ok" => Ok(half(&parts.0)?),
        "err" => Err(half(&parts.1)?),
        _ => return Err(expected("one of ok, err")),
    };
    Ok(Value::Result(found))
}

fn tag<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>) -> Read<String> {
    let tag = field(scope, value, "tag")?;
    string(scope, tag)
}

fn string<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>) -> Read<String> {
    if value.is_string() { Ok(value.to_rust_string_lossy(scope)) } else { Err(expected("a string")) }
}

fn letter(text: &str) -> Read<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(expected("a string of one character")),
    }
}

fn float<'s>(scope: &mut Scope<'s, '_>, value: Local<'s>) -> Read<f64> {
    if value.is_number() {
        Ok(value.number_value(scope).unwrap_or(f64::NAN))
    } else {
        Err(expected("a number"))
    }
}

/// Numbers of up to 32 bits wrap, as they do in the bindings of a component.
fn unsigned<'s>(scope: &mut Scope<'s, '_>, bits: u8, value: Local<'s>) -> Read<u64> {
    if bits < 64 {
        let number = value.is_number().then(|| value.uint32_value(scope)).flatten();
        let number = number.ok_or_else(|| expected("a number"))?;
        return Ok(u64::from(number) & (u64::MAX >> (64 - bits)));
    }
    let number: v8::Local<v8::BigInt> = value.try_into().map_err(|_| expected("a bigint"))?;
    match number.u64_value() {
        (number, true) => Ok(number),
        _ => Err(expected("a bigint of 64 bits without sign")),
    }
}

fn signed<'s>(scope: &mut Scope<'s, '_>, bits: u8, value: Local<'s>) -> Read<i64> {
    if bits < 64 {
        let number = value.is_number().then(|| value.int32_value(scope)).flatten();
        let (number, unused) = (number.ok_or_else(|| expected("a number"))?, 32 - u32::from(bits));
        return Ok(i64::from(number << unused >> unused));
    }
    let number: v8::Local<v8::BigInt> = value.try_into().map_err(|_| expected("a bigint"))?;
    match number.i64_value() {
        (number, true) => Ok(number),
        _ => Err(expected("a bigint of 64 bits with sign")),
    }
}

/// Bytes that the guest may change afterwards.
pub fn copied(value: Local<'_>) -> Read<Vec<u8>> {
    let view: v8::Local<v8::ArrayBufferView> = value.try_into().map_err(|_| expected("bytes"))?;
    let mut bytes = vec![0; view.byte_length()];
    let copied = view.copy_contents(&mut bytes);
    bytes.truncate(copied);
    Ok(bytes)
}

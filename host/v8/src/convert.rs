//! Values in JavaScript, by the types of WIT and in the form that the bindings of a component have: records are objects
//! with names in camel case, 64 bits are `bigint`, absent is `undefined`, a variant is `{ tag, val }`.

use deno_core::convert::{ToV8, Uint8Array};
use deno_core::v8;
use flux_host::interface::Type;
use flux_recorder::Value;

use crate::table::camel;

/// A scope in which values are made and read.
pub type Scope<'s, 'i> = v8::PinScope<'s, 'i>;
/// A value in a scope.
pub type Local<'s> = v8::Local<'s, v8::Value>;

/// Makes values of a guest. Handles are objects of the classes that js/host.js has for them.
pub struct Maker<'s, 'a> {
    /// The full name of the interface that the values are of.
    pub interface: &'a str,
    /// `(interface, resource, handle)`, which gives an object; none: no handle is among the values.
    pub resource: Option<v8::Local<'s, v8::Function>>,
}

/// A text.
pub fn text<'s>(scope: &mut Scope<'s, '_>, text: &str) -> Local<'s> {
    let text = v8::String::new(scope, text);
    text.map_or_else(|| v8::undefined(scope).into(), Into::into)
}

fn name<'s>(scope: &mut Scope<'s, '_>, name: &str) -> Local<'s> {
    let text = v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized);
    text.map_or_else(|| v8::undefined(scope).into(), Into::into)
}

/// A number of 32 bits.
pub fn number<'s>(scope: &mut Scope<'s, '_>, number: u32) -> Local<'s> {
    v8::Integer::new_from_unsigned(scope, number).into()
}

fn bytes<'s>(scope: &mut Scope<'s, '_>, bytes: Vec<u8>) -> Local<'s> {
    Uint8Array::from(bytes).to_v8(scope).unwrap_or_else(|_| v8::undefined(scope).into())
}

fn set<'s>(scope: &mut Scope<'s, '_>, object: v8::Local<'s, v8::Object>, key: &str, value: Local<'s>) {
    let key = name(scope, key);
    object.set(scope, key, value);
}

fn tagged<'s>(scope: &mut Scope<'s, '_>, tag: &str, value: Option<Local<'s>>) -> Local<'s> {
    let object = v8::Object::new(scope);
    let tag = name(scope, tag);
    set(scope, object, "tag", tag);
    if let Some(value) = value {
        set(scope, object, "val", value);
    }
    object.into()
}

impl<'s> Maker<'s, '_> {
    /// `{ value }` or `{ error }`, as js/host.js takes answers. `found` is the function's result type.
    pub fn answer(&self, scope: &mut Scope<'s, '_>, found: Option<&Type>, value: Value) -> Local<'s> {
        let (key, found, value) = match (found, value) {
            (Some(Type::Result(parts)), Value::Result(Ok(value))) => ("value", parts.0.as_ref(), *value),
            (Some(Type::Result(parts)), Value::Result(Err(error))) => ("error", parts.1.as_ref(), *error),
            (found, value) => ("value", found, value),
        };
        let value = match found {
            Some(found) => self.make(scope, found, value),
            None => v8::undefined(scope).into(),
        };
        let answer = v8::Object::new(scope);
        set(scope, answer, key, value);
        answer.into()
    }

    /// A value of a type. What does not fit it, which no capability gives, is `undefined`.
    pub fn make(&self, scope: &mut Scope<'s, '_>, found: &Type, value: Value) -> Local<'s> {
        match (found, value) {
            (Type::Bool, Value::Bool(it)) => v8::Boolean::new(scope, it).into(),
            (Type::Unsigned(64), Value::Unsigned(it)) => v8::BigInt::new_from_u64(scope, it).into(),
            (Type::Signed(64), Value::Signed(it)) => v8::BigInt::new_from_i64(scope, it).into(),
            (Type::Unsigned(_), Value::Unsigned(it)) => v8::Number::new(scope, it as f64).into(),
            (Type::Signed(_), Value::Signed(it)) => v8::Number::new(scope, it as f64).into(),
            (_, Value::F32(it)) => v8::Number::new(scope, it.into()).into(),
            (_, Value::F64(it)) => v8::Number::new(scope, it).into(),
            (_, Value::Char(it)) => text(scope, it.encode_utf8(&mut [0; 4])),
            (_, Value::String(it)) => text(scope, &it),
            (_, Value::Bytes(it)) => bytes(scope, it),
            (Type::Enum(_), Value::Enum(case)) => name(scope, &case),
            (Type::Variant(_), Value::Enum(case)) => tagged(scope, &case, None),
            (Type::Variant(cases), Value::Variant(case, payload)) => {
                let known =
                    cases.iter().find(|(name, _)| *name == case).and_then(|(_, payload)| payload.as_ref());
                let payload = known.map(|known| self.make(scope, known, *payload));
                tagged(scope, &case, payload)
            }
            (Type::Option(inner), Value::Option(found)) => self.option(scope, inner, found),
            (Type::Result(parts), Value::Result(found)) => {
                let (tag, known, found) = match found {
                    Ok(found) => ("ok", &parts.0, found),
                    Err(found) => ("err", &parts.1, found),
                };
                let found = known.as_ref().map(|known| self.make(scope, known, *found));
                tagged(scope, tag, found)
            }
            (Type::List(item), Value::List(items)) => {
                self.array(scope, items.into_iter().map(|it| (&**item, it)))
            }
            (Type::Tuple(known), Value::Tuple(items)) => self.array(scope, known.iter().zip(items)),
            (Type::Record(known), Value::Record(fields)) => self.record(scope, known, fields),
            (Type::Handle(resource), Value::Unsigned(handle)) => self.handle(scope, resource, handle),
            _ => v8::undefined(scope).into(),
        }
    }

    fn option(&self, scope: &mut Scope<'s, '_>, inner: &Type, found: Option<Box<Value>>) -> Local<'s> {
        match (inner, found) {
            // Two kinds of absent can be told apart.
            (Type::Option(_), None) => tagged(scope, "none", None),
            (_, None) => v8::undefined(scope).into(),
            (Type::Option(_), Some(found)) => {
                let found = self.make(scope, inner, *found);
                tagged(scope, "some", Some(found))
            }
            (_, Some(found)) => self.make(scope, inner, *found),
        }
    }

    fn array<'t>(
        &self,
        scope: &mut Scope<'s, '_>,
        items: impl Iterator<Item = (&'t Type, Value)>,
    ) -> Local<'s> {
        let items: Vec<_> = items.map(|(known, item)| self.make(scope, known, item)).collect();
        v8::Array::new_with_elements(scope, &items).into()
    }

    fn record(
        &self,
        scope: &mut Scope<'s, '_>,
        known: &[(String, Type)],
        fields: Vec<(String, Value)>,
    ) -> Local<'s> {
        let object = v8::Object::new(scope);
        for ((field, known), (_, value)) in known.iter().zip(fields) {
            let value = self.make(scope, known, value);
            set(scope, object, &camel(field), value);
        }
        object.into()
    }

    fn handle(&self, scope: &mut Scope<'s, '_>, resource: &str, handle: u64) -> Local<'s> {
        let nothing: Local = v8::undefined(scope).into();
        let Some(make) = self.resource else { return nothing };
        let arguments = [
            name(scope, self.interface),
            name(scope, resource),
            number(scope, u32::try_from(handle).unwrap_or_default()),
        ];
        make.call(scope, nothing, &arguments).unwrap_or(nothing)
    }
}

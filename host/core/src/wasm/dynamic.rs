//! Capabilities without bindings: their functions in a linker, by the types of their WIT.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{During, Value};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, ResourceDynamic, ResourceType, Val};

use crate::execution::Execution;
use crate::function::{Action, Begun, Function};
use crate::interface::{Interface, Signature, Type};
use crate::wasm::state::State;

/// What WIT calls the function that gives back a handle.
const DROP: &str = "[resource-drop]";

/// Adds functions to a linker, each with the types that its interface says.
pub fn link_functions(
    linker: &mut Linker<State>,
    interfaces: &[Interface],
    functions: Vec<Function>,
) -> wasmtime::Result<()> {
    let named = |name: &str| functions.iter().find(|it| it.name == name).map(|it| it.action.clone());
    for interface in interfaces {
        let mut instance = linker.instance(&interface.id)?;
        for resource in &interface.resources {
            let drop = named(&format!("{DROP}{resource}"));
            instance.resource_async(
                resource,
                of_resource(&interface.id, resource),
                move |store, handle| {
                    let drop = drop.clone();
                    Box::new(async move { dropped(store, drop, handle).await })
                },
            )?;
        }
        for signature in &interface.functions {
            let Some(action) = named(&signature.name) else {
                wasmtime::bail!("{} has no function {}", interface.id, signature.name);
            };
            let (id, signature) = (Arc::<str>::from(&*interface.id), Arc::new(signature.clone()));
            instance.func_new_async(&signature.name.clone(), move |store, _, parameters, results| {
                let (id, signature, action) = (id.clone(), signature.clone(), action.clone());
                Box::new(async move { call(store, &id, &signature, &action, parameters, results).await })
            })?;
        }
    }
    Ok(())
}

/// The type of a resource's handles: another for each resource of each interface.
fn of_resource(interface: &str, resource: &str) -> ResourceType {
    ResourceType::host_dynamic(number(interface, resource))
}

fn number(interface: &str, resource: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (interface, resource).hash(&mut hasher);
    hasher.finish() as u32
}

async fn dropped(
    mut store: StoreContextMut<'_, State>,
    drop: Option<Action>,
    handle: u32,
) -> wasmtime::Result<()> {
    let execution = store.data_mut().execution();
    match drop {
        Some(drop) => {
            act(execution, &drop, Value::Tuple(vec![Value::Unsigned(handle.into())])).await.map(|_| ())
        }
        None => {
            execution.handles().close(handle);
            Ok(())
        }
    }
}

async fn call(
    mut store: StoreContextMut<'_, State>,
    interface: &str,
    signature: &Signature,
    action: &Action,
    parameters: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let mut arguments = Vec::new();
    for ((_, expected), parameter) in signature.parameters.iter().zip(parameters) {
        arguments.push(value(&mut store, expected, parameter)?);
    }
    let arguments = if arguments.is_empty() { Value::Unit } else { Value::Tuple(arguments) };
    let result = act(store.data_mut().execution(), action, arguments).await?;
    if let (Some(place), Some(expected)) = (results.first_mut(), &signature.result) {
        *place = val(&mut store, interface, expected, result)?;
    }
    Ok(())
}

/// Runs a function to its end: a guest on this engine waits for every call that it makes.
async fn act(it: &mut Execution, action: &Action, arguments: Value) -> wasmtime::Result<Value> {
    match action {
        Action::Now(call) => call(it, arguments),
        Action::InTurn(call) => call(it, arguments).await,
        Action::Beside(begin) => match begin(it, arguments)? {
            Begun::Answered(recorded) => Ok(recorded),
            Begun::Unanswered(function) => Err(it.unanswered(function)),
            Begun::Acts(pending, result) => {
                let result =
                    it.within_time(During::Calling, async |_: &mut Execution| Ok(result.await)).await?;
                pending.finish(it, &result)?;
                Ok(result)
            }
        },
        Action::Pause(pause) => {
            let duration = pause(it, arguments)?;
            it.wait()?;
            let duration = if it.is_replay() { Duration::ZERO } else { duration };
            let slept = async |_: &mut Execution| {
                tokio::time::sleep(duration).await;
                Ok(())
            };
            it.within_time(During::Waiting, slept).await.map(|()| Value::Unit)
        }
    }
}

/// A guest's value, as a capability has it.
fn value(store: &mut StoreContextMut<'_, State>, expected: &Type, found: &Val) -> wasmtime::Result<Value> {
    let mut part = |expected: &Type, found: &Val| value(store, expected, found);
    Ok(match (expected, found) {
        (Type::Bool, Val::Bool(it)) => Value::Bool(*it),
        (_, Val::U8(it)) => Value::Unsigned(u64::from(*it)),
        (_, Val::U16(it)) => Value::Unsigned(u64::from(*it)),
        (_, Val::U32(it)) => Value::Unsigned(u64::from(*it)),
        (_, Val::U64(it)) => Value::Unsigned(*it),
        (_, Val::S8(it)) => Value::Signed(i64::from(*it)),
        (_, Val::S16(it)) => Value::Signed(i64::from(*it)),
        (_, Val::S32(it)) => Value::Signed(i64::from(*it)),
        (_, Val::S64(it)) => Value::Signed(*it),
        (_, Val::Float32(it)) => Value::F32(*it),
        (_, Val::Float64(it)) => Value::F64(*it),
        (_, Val::Char(it)) => Value::Char(*it),
        (_, Val::String(it)) => Value::String(it.clone()),
        (_, Val::Enum(case)) => Value::Enum(case.clone()),
        (Type::Bytes, Val::List(items)) => {
            Value::Bytes(items.iter().map(|it| if let Val::U8(byte) = it { *byte } else { 0 }).collect())
        }
        (Type::List(item), Val::List(items)) => {
            Value::List(items.iter().map(|it| part(item, it)).collect::<Result<_, _>>()?)
        }
        (Type::Option(inner), Val::Option(found)) => {
            Value::Option(found.as_ref().map(|it| part(inner, it).map(Box::new)).transpose()?)
        }
        (Type::Result(parts), Val::Result(found)) => {
            let mut half = |expected: &Option<Type>, found: &Option<Box<Val>>| match (expected, found) {
                (Some(expected), Some(found)) => part(expected, found).map(Box::new),
                _ => Ok(Box::new(Value::Unit)),
            };
            Value::Result(match found {
                Ok(found) => Ok(half(&parts.0, found)?),
                Err(found) => Err(half(&parts.1, found)?),
            })
        }
        (Type::Tuple(items), Val::Tuple(found)) => {
            Value::Tuple(items.iter().zip(found).map(|(item, it)| part(item, it)).collect::<Result<_, _>>()?)
        }
        (Type::Record(fields), Val::Record(found)) => {
            let field = |((name, expected), (_, it)): (&(String, Type), &(String, Val))| {
                Ok((name.clone(), part(expected, it)?))
            };
            Value::Record(fields.iter().zip(found).map(field).collect::<wasmtime::Result<_>>()?)
        }
        (Type::Variant(_), Val::Variant(case, None)) => Value::Enum(case.clone()),
        (Type::Variant(cases), Val::Variant(case, Some(found))) => {
            let expected =
                cases.iter().find(|(name, _)| name == case).and_then(|(_, payload)| payload.as_ref());
            let expected = expected.ok_or_else(|| mismatch("variant"))?;
            Value::Variant(case.clone(), Box::new(part(expected, found)?))
        }
        (Type::Handle(_), Val::Resource(handle)) => {
            Value::Unsigned(handle.try_into_resource_dynamic(&mut *store)?.rep().into())
        }
        _ => return Err(mismatch("value")),
    })
}

/// A capability's value, as a guest has it.
fn val(
    store: &mut StoreContextMut<'_, State>,
    interface: &str,
    expected: &Type,
    found: Value,
) -> wasmtime::Result<Val> {
    let mut part = |expected: &Type, found: Value| val(store, interface, expected, found);
    Ok(match (expected, found) {
        (Type::Bool, Value::Bool(it)) => Val::Bool(it),
        (Type::Unsigned(bits), Value::Unsigned(it)) => match bits {
            8 => Val::U8(it.try_into()?),
            16 => Val::U16(it.try_into()?),
            32 => Val::U32(it.try_into()?),
            _ => Val::U64(it),
        },
        (Type::Signed(bits), Value::Signed(it)) => match bits {
            8 => Val::S8(it.try_into()?),
            16 => Val::S16(it.try_into()?),
            32 => Val::S32(it.try_into()?),
            _ => Val::S64(it),
        },
        (Type::F32, Value::F32(it)) => Val::Float32(it),
        (Type::F64, Value::F64(it)) => Val::Float64(it),
        (Type::Char, Value::Char(it)) => Val::Char(it),
        (Type::String, Value::String(it)) => Val::String(it),
        (Type::Enum(_), Value::Enum(case)) => Val::Enum(case),
        (Type::Bytes, Value::Bytes(bytes)) => Val::List(bytes.into_iter().map(Val::U8).collect()),
        (Type::List(item), Value::List(items)) => {
            Val::List(items.into_iter().map(|it| part(item, it)).collect::<Result<_, _>>()?)
        }
        (Type::Option(inner), Value::Option(found)) => {
            Val::Option(found.map(|it| part(inner, *it).map(Box::new)).transpose()?)
        }
        (Type::Result(parts), Value::Result(found)) => {
            let mut half = |expected: &Option<Type>, found: Value| {
                expected.as_ref().map(|expected| part(expected, found).map(Box::new)).transpose()
            };
            Val::Result(match found {
                Ok(found) => Ok(half(&parts.0, *found)?),
                Err(found) => Err(half(&parts.1, *found)?),
            })
        }
        (Type::Tuple(items), Value::Tuple(found)) => {
            Val::Tuple(items.iter().zip(found).map(|(item, it)| part(item, it)).collect::<Result<_, _>>()?)
        }
        (Type::Record(fields), Value::Record(found)) => {
            let field = |((_, expected), (name, it)): (&(String, Type), (String, Value))| {
                Ok((name, part(expected, it)?))
            };
            Val::Record(fields.iter().zip(found).map(field).collect::<wasmtime::Result<_>>()?)
        }
        (Type::Variant(_), Value::Enum(case)) => Val::Variant(case, None),
        (Type::Variant(cases), Value::Variant(case, found)) => {
            let expected =
                cases.iter().find(|(name, _)| *name == case).and_then(|(_, payload)| payload.as_ref());
            let expected = expected.ok_or_else(|| mismatch("variant"))?;
            Val::Variant(case, Some(Box::new(part(expected, *found)?)))
        }
        (Type::Handle(resource), Value::Unsigned(handle)) => {
            let handle = ResourceDynamic::new_own(handle.try_into()?, number(interface, resource));
            Val::Resource(handle.try_into_resource_any(&mut *store)?)
        }
        _ => return Err(mismatch("value")),
    })
}

fn mismatch(what: &str) -> wasmtime::Error {
    wasmtime::format_err!("a capability gave or was given a {what} of another type than its interface has")
}

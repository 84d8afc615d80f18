//! What the guest calls: any function of the table by its number, and what is the engine's own.
//!
//! A value of the guest may run the guest's code while it is read, and that may call the host: the state is not borrowed
//! meanwhile.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::convert::{FromV8, Uint8Array};
use deno_core::{OpState, op2, v8};
use deno_error::JsErrorBox;
use flux_host::Action;
use flux_host::interface::Type;
use flux_recorder::{Decode, Encode as _, Value};

use crate::calls::Call;
use crate::convert::{Local, Maker};
use crate::read;
use crate::table::{Entry, Listed, Table};
use crate::turn::Turn;

/// The function of js/host.js that makes the object of a handle.
pub struct Resource(pub v8::Global<v8::Function>);

type State = Rc<RefCell<OpState>>;

fn table(state: &State) -> Arc<Table> {
    state.borrow().borrow::<Arc<Table>>().clone()
}

fn entry(table: &Table, function: u32) -> Result<&Entry, JsErrorBox> {
    table.get(function).ok_or_else(|| JsErrorBox::type_error("the host has no such function"))
}

/// Runs something of the guest's turn.
fn with_turn<T>(state: &State, run: impl FnOnce(&mut Turn) -> T) -> T {
    run(state.borrow_mut().borrow_mut::<Turn>())
}

/// The interfaces that the guest finds.
#[op2]
#[serde]
pub fn op_flux_interfaces(state: &mut OpState) -> Vec<Listed> {
    state.borrow::<Arc<Table>>().interfaces.clone()
}

/// A call that is answered at once.
#[op2(reentrant)]
pub fn op_flux_call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    function: u32,
    arguments: v8::Local<'s, v8::Array>,
) -> Result<v8::Local<'s, v8::Value>, JsErrorBox> {
    let table = table(&state);
    let Entry { interface, signature, action } = entry(&table, function)?;
    let arguments = read::arguments(scope, &signature.parameters, arguments)?;
    let Action::Now(call) = action else {
        return Err(JsErrorBox::type_error("the call waits"));
    };
    let value = with_turn(&state, |turn| turn.with(|it| call(it, arguments)))?;
    let resource = state.borrow().borrow::<Resource>().0.clone();
    let maker = Maker { interface, resource: Some(v8::Local::new(scope, resource)) };
    Ok(maker.answer(scope, signature.result.as_ref(), value))
}

/// A call that waits, under a number of the guest's.
#[op2(fast, reentrant)]
pub fn op_flux_begin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    number: u32,
    function: u32,
    arguments: v8::Local<'s, v8::Array>,
) -> Result<(), JsErrorBox> {
    let table = table(&state);
    let Entry { signature, action, .. } = entry(&table, function)?;
    let arguments = read::arguments(scope, &signature.parameters, arguments)?;
    with_turn(&state, |turn| {
        let call = match action {
            Action::InTurn(call) => Call::InTurn(call.clone(), arguments),
            Action::Beside(begin) => Call::Beside(begin.clone(), arguments),
            Action::Pause(pause) => Call::Pause(turn.with(|it| pause(it, arguments))?),
            Action::Now(_) => return Err(JsErrorBox::type_error("the call does not wait")),
        };
        turn.call(number, function, call)
    })
}

/// Lines on stderr. They are no call of the contract.
#[op2(fast)]
pub fn op_flux_stderr(state: &mut OpState, #[string] text: String) -> Result<(), JsErrorBox> {
    state.borrow_mut::<Turn>().write(text)
}

/// Ends a guest that the host has stopped.
#[op2(fast)]
pub fn op_flux_halt(state: &mut OpState) {
    state.borrow_mut::<Turn>().halt();
}

/// Reads what a handler gave back.
fn given<'s, T: Decode>(
    scope: &mut v8::PinScope<'s, '_>,
    wanted: &Type,
    value: Local<'s>,
) -> Result<T, JsErrorBox> {
    let value: Value = read::read(scope, wanted, value)?;
    T::from_canonical(&value.to_canonical()).map_err(|error| JsErrorBox::type_error(error.to_string()))
}

/// The handler of `http` gave a response.
#[op2(fast, reentrant)]
pub fn op_flux_answered<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    response: v8::Local<'s, v8::Value>,
) -> Result<(), JsErrorBox> {
    let response = given(scope, &table(&state).handlers.response, response)?;
    with_turn(&state, |turn| turn.answered(response));
    Ok(())
}

/// The handler of `job` did its job.
#[op2(fast)]
pub fn op_flux_done(state: &mut OpState) {
    state.borrow_mut::<Turn>().settled(Ok(()));
}

/// The handler of `job` did not.
#[op2(fast, reentrant)]
pub fn op_flux_failed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    failure: v8::Local<'s, v8::Value>,
) -> Result<(), JsErrorBox> {
    let failure = given(scope, &table(&state).handlers.failure, failure)?;
    with_turn(&state, |turn| turn.settled(Err(failure)));
    Ok(())
}

/// A handler threw what is no error of the contract: a bug.
#[op2(fast)]
pub fn op_flux_threw<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    thrown: v8::Local<'s, v8::Value>,
) {
    // It looks into the state by itself.
    let error = deno_core::error::JsError::from_v8_exception(scope, thrown);
    state.borrow_mut().borrow_mut::<Turn>().threw(&error);
}

/// A digest of `crypto.subtle`.
#[op2]
pub fn op_flux_digest(#[string] name: &str, #[scoped] data: ByteList) -> Result<Uint8Array, JsErrorBox> {
    use sha2::Digest as _;
    let data = data.0;
    let digest = match name {
        "SHA-1" => sha1::Sha1::digest(data).to_vec(),
        "SHA-256" => sha2::Sha256::digest(data).to_vec(),
        "SHA-384" => sha2::Sha384::digest(data).to_vec(),
        "SHA-512" => sha2::Sha512::digest(data).to_vec(),
        other => {
            let message =
                format!("crypto.subtle.digest has SHA-1, SHA-256, SHA-384 and SHA-512, and no {other}");
            return Err(JsErrorBox::type_error(message));
        }
    };
    Ok(digest.into())
}

/// `list<u8>`.
pub struct ByteList(Vec<u8>);

impl<'s> FromV8<'s> for ByteList {
    type Error = JsErrorBox;

    fn from_v8<'i>(_: &mut v8::PinScope<'s, 'i>, value: Local<'s>) -> Result<Self, JsErrorBox> {
        read::copied(value).map(Self)
    }
}

//! Calls of the guest that wait, as the ops begin them. They run at the same boundary as those of a
//! component, by the same functions of the capabilities.

use std::time::Duration;

use flux_host::Execution;
use flux_host::bindings::flux::host::fetch;
use flux_recorder::{Encode, Value};
use futures_util::future::BoxFuture;

use crate::convert::{Local, Scope};

/// A call that runs while no other of its execution does.
pub type Alone = Box<dyn for<'a> FnOnce(&'a mut Execution) -> BoxFuture<'a, wasmtime::Result<Answer>> + Send>;

/// What a call gave: a value, made where the guest is; or the interface's error.
pub type Answer = Result<Made, Value>;

/// Makes a value in a scope.
pub type Made = Box<dyn for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) -> Local<'s> + Send>;

/// A call that waits.
pub enum Call {
    /// One after the other, in the order they were made.
    Alone(Alone),
    /// An outgoing request. Overlaps with all others.
    Fetch(fetch::Request),
    /// A pause. Overlaps with all others.
    Sleep(Duration),
}

impl Call {
    /// Whether it does something. A pause does not.
    pub fn is_effect(&self) -> bool {
        !matches!(self, Self::Sleep(_))
    }
}

/// What a result is to the guest.
pub fn answer<T: Send + 'static, E: Encode>(
    result: Result<T, E>,
    make: for<'s, 'i> fn(&mut Scope<'s, 'i>, T) -> Local<'s>,
) -> Answer {
    match result {
        Ok(value) => Ok(Box::new(move |scope| make(scope, value))),
        Err(error) => Err(canonical(&error)),
    }
}

/// An error as the journal has it.
pub fn canonical(error: &impl Encode) -> Value {
    // What was just written can be read.
    Value::read(&error.to_canonical()).unwrap_or(Value::Unit)
}

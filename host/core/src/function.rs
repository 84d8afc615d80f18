//! Functions of a capability over values, for engines that have no bindings of its interface.
//!
//! An engine knows the types from WIT ([`Interface`](crate::interface::Interface)), makes a value of what the guest
//! says, and hands it in; what comes back is a value of the result's type. Handles are numbers.

use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Decode, Encode, Value};
use futures_util::future::BoxFuture;

use crate::execution::Execution;
use crate::under_way::Pending;

/// A function that answers before the guest goes on.
pub type Now = dyn Fn(&mut Execution, Value) -> wasmtime::Result<Value> + Send + Sync;
/// A function that waits, and has the execution for itself meanwhile.
pub type InTurn =
    dyn for<'a> Fn(&'a mut Execution, Value) -> BoxFuture<'a, wasmtime::Result<Value>> + Send + Sync;
/// A function that begins something.
pub type Beside = dyn Fn(&mut Execution, Value) -> wasmtime::Result<Begun> + Send + Sync;
/// A function that only waits: how long.
pub type Pause = dyn Fn(&mut Execution, Value) -> wasmtime::Result<Duration> + Send + Sync;

/// One function of an interface.
#[derive(Clone)]
pub struct Function {
    /// As WIT spells it: `send`, `[method]bucket.get`; `[resource-drop]transaction` where a handle is given back.
    pub name: &'static str,
    /// What it does.
    pub action: Action,
}

/// What a function does, by how the guest waits for it.
#[derive(Clone)]
pub enum Action {
    /// Answers at once.
    Now(Arc<Now>),
    /// Takes its turn among the calls of the execution, in the order they were made.
    InTurn(Arc<InTurn>),
    /// Goes on beside the guest and beside all other calls.
    Beside(Arc<Beside>),
    /// Does nothing for a while, beside all others. In a replay it takes no time.
    Pause(Arc<Pause>),
}

/// A call that goes on beside the guest.
pub enum Begun {
    /// The recorded result: the host does not act.
    Answered(Value),
    /// The recording ended before the answer came. The call's name in the journal, for
    /// [`Execution::unanswered`].
    Unanswered(&'static str),
    /// The host acts. What comes of it finishes the call.
    Acts(Pending, BoxFuture<'static, Value>),
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Function {
    /// A function that answers at once. Its future must not wait; the boundary's functions are async for those that do.
    pub fn now<A: Decode, R: Encode>(
        name: &'static str,
        call: impl for<'a> Fn(&'a mut Execution, A) -> BoxFuture<'a, wasmtime::Result<R>> + Send + Sync + 'static,
    ) -> Self {
        use futures_util::FutureExt as _;
        let now = move |it: &mut Execution, arguments: Value| {
            let answer = call(it, taken(name, &arguments)?).now_or_never();
            Ok(value_of(&answer.unwrap_or_else(|| Err(wasmtime::format_err!("{name} waits")))?))
        };
        Self { name, action: Action::Now(Arc::new(now)) }
    }

    /// A function that waits, and runs while no other of its execution does.
    pub fn in_turn<A: Decode + Send + 'static, R: Encode + 'static>(
        name: &'static str,
        call: impl for<'a> Fn(&'a mut Execution, A) -> BoxFuture<'a, wasmtime::Result<R>> + Send + Sync + 'static,
    ) -> Self {
        let call = Arc::new(call);
        let run: Arc<InTurn> = Arc::new(move |it, arguments| run_in_turn(name, call.clone(), it, arguments));
        Self { name, action: Action::InTurn(run) }
    }

    /// A function that begins something, which goes on beside the guest.
    pub fn beside<A: Decode>(
        name: &'static str,
        begin: impl Fn(&mut Execution, A) -> wasmtime::Result<Begun> + Send + Sync + 'static,
    ) -> Self {
        let begin = move |it: &mut Execution, arguments: Value| begin(it, taken(name, &arguments)?);
        Self { name, action: Action::Beside(Arc::new(begin)) }
    }

    /// A function that only waits.
    pub fn pause<A: Decode>(
        name: &'static str,
        pause: impl Fn(&mut Execution, A) -> wasmtime::Result<Duration> + Send + Sync + 'static,
    ) -> Self {
        let pause = move |it: &mut Execution, arguments: Value| pause(it, taken(name, &arguments)?);
        Self { name, action: Action::Pause(Arc::new(pause)) }
    }
}

type Call<A, R> = dyn for<'a> Fn(&'a mut Execution, A) -> BoxFuture<'a, wasmtime::Result<R>> + Send + Sync;

fn run_in_turn<'a, A: Decode + Send + 'a, R: Encode + 'a>(
    name: &'static str,
    call: Arc<Call<A, R>>,
    it: &'a mut Execution,
    arguments: Value,
) -> BoxFuture<'a, wasmtime::Result<Value>> {
    Box::pin(async move {
        let arguments = taken(name, &arguments)?;
        Ok(value_of(&call(it, arguments).await?))
    })
}

/// A value of any type that has a canonical form.
pub fn value_of(value: &impl Encode) -> Value {
    // What was just written can be read.
    Value::read(&value.to_canonical()).unwrap_or(Value::Unit)
}

/// The arguments as the function has them. The engine made them by the interface's types, so they fit.
fn taken<A: Decode>(name: &str, arguments: &Value) -> wasmtime::Result<A> {
    A::from_canonical(&arguments.to_canonical()).map_err(|error| {
        wasmtime::format_err!("{name} was called with other types than its interface has: {error}")
    })
}

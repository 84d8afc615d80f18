//! The guest's side of `queue`: the function names its call and its live action.

use flux_host::bindings::flux::host::queue::{self, Error, Options};
use flux_host::wasm::State;
use flux_host::{Content, Description, Execution, Function};
use futures_util::FutureExt as _;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker};

use crate::Queues;

/// Borrows the execution that calls.
#[derive(Debug)]
pub struct View<'a>(pub &'a mut Execution);

impl HasData for Queues {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    queue::add_to_linker::<State, Queues>(linker, |state| View(state.execution()))
}

/// The call that sends a job, as journals have it.
pub const SEND: &str = "queue.send";

/// A payload is the body of a job. The key by which a second send is recognised stays, as its id does.
pub(crate) const DESCRIPTIONS: &[Description] = &[Description {
    function: SEND,
    arguments: Content::Tuple(&[
        Content::Label,
        Content::Body,
        Content::Record(&[("idempotency-key", Content::Plain)]),
    ]),
    result: Content::Outcome(
        &Content::Plain,
        &Content::Variant(&[("denied", Content::Plain), ("unavailable", Content::Plain)]),
    ),
}];

/// The functions of `queue` over values.
pub(crate) fn functions() -> Vec<Function> {
    vec![Function::in_turn("send", |it, (queue, payload, options): (String, Vec<u8>, Options)| {
        async move { queue::Host::send(&mut View(it), queue, payload, options).await }.boxed()
    })]
}

impl queue::Host for View<'_> {
    async fn send(
        &mut self,
        queue: String,
        payload: Vec<u8>,
        options: Options,
    ) -> Result<Result<String, Error>> {
        let live = async |it: &mut Execution| {
            let queues = it.live::<Queues>()?;
            Ok(queues.send(it.transactions(), &queue, payload.clone(), options.clone()).await)
        };
        self.0.effect("queue.send", (&queue, &payload, &options), live).await
    }
}

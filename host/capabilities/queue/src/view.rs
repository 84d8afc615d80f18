//! The guest's side of `queue`: the function names its call and its live action.

use flux_host::Execution;
use flux_host::bindings::flux::host::queue::{self, Error, Options};
use flux_host::wasm::State;
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

impl queue::Host for View<'_> {
    async fn send(
        &mut self,
        queue: String,
        payload: Vec<u8>,
        options: Options,
    ) -> Result<Result<String, Error>> {
        let live = async |it: &mut Execution| {
            let (queues, ()) = it.live::<Queues>()?;
            Ok(queues.send(it.transactions(), &queue, payload.clone(), options.clone()).await)
        };
        self.0.effect("queue.send", (&queue, &payload, &options), live).await
    }
}

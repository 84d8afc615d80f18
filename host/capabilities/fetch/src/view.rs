//! The guest's side of `fetch`: each function names its calls and its live action.

use flux_host::bindings::flux::host::fetch::{self, Error, Request, Response};
use flux_host::wasm::State;
use flux_host::{Execution, Outgoing};
use flux_recorder::{Step, Ticket};
use futures_util::StreamExt;
use futures_util::stream;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker};

use crate::Fetch;
use crate::exchange::Budget;
use crate::request::Manner;

/// Borrows the execution that calls.
#[derive(Debug)]
pub struct View<'a>(pub &'a mut Execution);

type Answer = std::result::Result<Response, Error>;

/// A request that has to be sent, and where its answer belongs.
struct Waiting {
    at: usize,
    ticket: Ticket,
    began_ns: u64,
    request: Request,
}

impl HasData for Fetch {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    fetch::add_to_linker::<State, Fetch>(linker, |state| View(state.execution()))
}

impl fetch::Host for View<'_> {
    async fn send(&mut self, request: Request) -> Result<Answer> {
        let live = async |it: &mut Execution| {
            let (fetch, ()) = it.live::<Fetch>()?;
            reveal(it, &fetch, &request);
            Ok(fetch.send(request.clone()).await)
        };
        self.0.effect("fetch.send", &request, live).await
    }

    /// Each request is an effect of its own, so that code that sends them one by one has the same
    /// journal, and after a crash it is known which were answered.
    async fn send_all(&mut self, requests: Vec<Request>) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(requests.len());
        let mut waiting = Vec::new();
        for (at, request) in requests.into_iter().enumerate() {
            match self.0.begin("fetch.send", &request)? {
                Step::Return(recorded) => answers.push(Some(recorded)),
                Step::Execute(ticket) => {
                    answers.push(None);
                    waiting.push(Waiting { at, ticket, began_ns: self.0.monotonic_ns(), request });
                }
            }
        }
        if !waiting.is_empty() {
            self.0.within_time(async |it| exchange_all(it, waiting, &mut answers).await).await?;
        }
        // There is none without an answer: what was not recorded was exchanged.
        Ok(answers.into_iter().flatten().collect())
    }
}

/// From now on the journal has the names of the secrets that a request has, wherever their values are.
pub fn reveal(it: &mut Execution, fetch: &Fetch, request: &Request) {
    for (name, value) in fetch.secrets(request) {
        it.session().reveal(&name, &value);
    }
}

/// Sends all, some at once, and finishes each as soon as its answer is there.
async fn exchange_all(
    it: &mut Execution,
    waiting: Vec<Waiting>,
    answers: &mut [Option<Answer>],
) -> Result<()> {
    let (fetch, ()) = it.live::<Fetch>()?;
    waiting.iter().for_each(|waiting| reveal(it, &fetch, &waiting.request));
    let (most, budget) = (fetch.options().max_requests, Budget::new(fetch.options().max_total));
    let sent = waiting.into_iter().map(|Waiting { at, ticket, began_ns, request }| {
        let (fetch, budget) = (&fetch, &budget);
        async move {
            let answer = if at < most {
                fetch.answer(request, Manner::Usual, budget).await
            } else {
                Err(Error::TooLarge)
            };
            (at, ticket, began_ns, answer)
        }
    });
    let mut sent = stream::iter(sent).buffer_unordered(fetch.options().max_concurrent.max(1));
    while let Some((at, ticket, began_ns, answer)) = sent.next().await {
        it.finish(ticket, &answer, began_ns)?;
        answers[at] = Some(answer);
    }
    Ok(())
}

//! The guest's side of `fetch`: each function names its calls and its live action.

use flux_host::bindings::flux::host::fetch::{self, Error, Request, Response};
use flux_host::wasm::State;
use flux_host::{Execution, Outgoing, Pending, Started};
use flux_recorder::During;
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

type Fetched = std::result::Result<Response, Error>;

/// A request that has to be sent, and where its answer belongs.
struct Waiting {
    at: usize,
    pending: Pending,
    request: Request,
}

impl HasData for Fetch {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    fetch::add_to_linker::<State, Fetch>(linker, |state| View(state.execution()))
}

impl fetch::Host for View<'_> {
    async fn send(&mut self, request: Request) -> Result<Fetched> {
        let started = start(self.0, &request)?;
        let live = async |it: &mut Execution| Ok(it.live::<Fetch>()?.send(request).await);
        self.0.act("fetch.send", started, live).await
    }

    /// Each request is a call of its own, so that code that sends them one by one has the same
    /// journal, and after a crash it is known which were answered.
    async fn send_all(&mut self, requests: Vec<Request>) -> Result<Vec<Fetched>> {
        let (mut answers, mut waiting, mut is_unanswered) = (Vec::new(), Vec::new(), false);
        for (at, request) in requests.into_iter().enumerate() {
            let started = start(self.0, &request)?;
            is_unanswered |= matches!(started, Started::Unanswered);
            answers.push(match started {
                Started::Answered(recorded) => Some(recorded),
                Started::Unanswered => None,
                Started::Acts(pending) => {
                    waiting.push(Waiting { at, pending, request });
                    None
                }
            });
        }
        if is_unanswered {
            return Err(self.0.unanswered("fetch.send"));
        }
        if !waiting.is_empty() {
            let exchange = async |it: &mut Execution| exchange_all(it, waiting, &mut answers).await;
            self.0.within_time(During::Calling, exchange).await?;
        }
        // There is none without an answer: what was not recorded was exchanged.
        Ok(answers.into_iter().flatten().collect())
    }
}

/// Begins a request, on every engine.
pub(crate) fn start(it: &mut Execution, request: &Request) -> Result<Started<Fetched>> {
    let fetch = it.capability::<Fetch>();
    it.start_request(fetch.as_deref().map(|fetch| fetch as &dyn Outgoing), request)
}

/// Sends all, some at once, and finishes each as soon as its answer is there.
async fn exchange_all(
    it: &mut Execution,
    waiting: Vec<Waiting>,
    answers: &mut [Option<Fetched>],
) -> Result<()> {
    let fetch = it.live::<Fetch>()?;
    let (most, budget) = (fetch.options().max_requests, Budget::new(fetch.options().max_total));
    let sent = waiting.into_iter().map(|Waiting { at, pending, request }| {
        let (fetch, budget) = (&fetch, &budget);
        async move {
            let answer = match at < most {
                true => fetch.answer(request, Manner::Usual, budget).await,
                false => Err(Error::TooLarge),
            };
            (at, pending, answer)
        }
    });
    let mut sent = stream::iter(sent).buffer_unordered(fetch.options().max_concurrent.max(1));
    while let Some((at, pending, answer)) = sent.next().await {
        pending.finish(it, &answer)?;
        answers[at] = Some(answer);
    }
    Ok(())
}

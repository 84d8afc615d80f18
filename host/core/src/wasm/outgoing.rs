//! Outgoing requests of `wasi:http`: each is the effect `fetch.send`, as one of `flux:host/fetch` is.
//!
//! A request begins once the guest has handed over all of it: at `outgoing-handler.handle`, or where it
//! finishes the body, whichever is later. Both are calls of the guest, so the journal has the requests in
//! the order of its code, whatever the network does. A body that is dropped unfinished was no request; a
//! guest that waits for the response to it is told so (`unfinished.rs`).
//!
//! What began is under way at once, beside the guest and beside other requests. Its answer is recorded
//! when it arrives while the guest waits (see `poll.rs`), or after the handler, if the guest does not
//! wait: it was sent, so its outcome is known. All of it counts as the execution's time.
//!
//! Four functions of wasmtime's own `wasi:http` are shadowed to see these moments; the rest is as it
//! comes. The alternative, to begin at the first poll, would move a request behind other effects.

use bytes::Bytes;
use flux_recorder::During;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::pipe::SinkOutputStream;
use wasmtime_wasi::p2::{DynOutputStream, DynPollable, OutputStream};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, HostOutgoingBody as _, OutgoingRequest, Trailers,
};
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingResponse, HostResponseOutparam};

use crate::bindings::flux::host::fetch;
use crate::calls::Started;
use crate::wasm::awaited::Awaited;
use crate::wasm::held::BodyStream;
use crate::wasm::message::Fetched;
use crate::wasm::requests::{Arrived, Begun, Open, Reply};
use crate::wasm::state::State;

/// As wasmtime's linker has them; components of any 0.2 find them there.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";
const TYPES: &str = "wasi:http/types@0.2.12";

/// Shadows the functions at which a request may become whole.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance(HANDLER)?.func_wrap(
        "handle",
        |mut store,
         (request, options): (Resource<OutgoingRequest>, Option<Resource<types::RequestOptions>>)| {
            Ok((store.data_mut().handle(request, options)?,))
        },
    )?;
    let mut types = linker.instance(TYPES)?;
    types.func_wrap(
        "[method]future-incoming-response.subscribe",
        |mut store, (future,): (Resource<HostFutureIncomingResponse>,)| {
            Ok((store.data_mut().subscribe_response(future)?,))
        },
    )?;
    types.func_wrap("[method]outgoing-body.write", |mut store, (body,): (Resource<HostOutgoingBody>,)| {
        Ok((store.data_mut().body_stream(body)?,))
    })?;
    types.func_wrap(
        "[static]outgoing-body.finish",
        |mut store, (body, trailers): (Resource<HostOutgoingBody>, Option<Resource<Trailers>>)| {
            Ok((store.data_mut().finish_body(body, trailers)?,))
        },
    )?;
    types.func_wrap(
        "[static]response-outparam.set",
        |mut store, (out, response): (Resource<HostResponseOutparam>, Set)| {
            store.data_mut().set_response(out, response)
        },
    )
}

/// What a guest sets.
type Set = Result<Resource<HostOutgoingResponse>, ErrorCode>;

impl State {
    fn handle(
        &mut self,
        request: Resource<OutgoingRequest>,
        options: Option<Resource<types::RequestOptions>>,
    ) -> wasmtime::Result<Result<Resource<HostFutureIncomingResponse>, ErrorCode>> {
        let future = match self.http().handle(request, options) {
            Ok(future) => future,
            Err(error) => return error.downcast().map(Err),
        };
        if let HostFutureIncomingResponse::Pending(task) = self.table.get(&future)?
            && let Some(requests) = &mut self.requests
        {
            requests.is_awaited_by(future.rep(), task.abort_handle());
        }
        self.begin_requests()?;
        Ok(Ok(future))
    }

    /// Begins the requests that are whole by now.
    pub(crate) fn begin_requests(&mut self) -> wasmtime::Result<()> {
        let Some(requests) = &mut self.requests else {
            return Ok(());
        };
        requests.take_whole().into_iter().try_for_each(|open| self.begin_request(open))
    }

    fn begin_request(&mut self, open: Open) -> wasmtime::Result<()> {
        let Open { head: mut request, broken, pieces, reply, .. } = open;
        if let Some(error) = broken {
            self.mark_dropped(&request)?;
            self.requests().pass(reply, Err(error));
            return Ok(());
        }
        let held = &self.requests().held;
        let body = held.take(pieces.iter().map(Bytes::len).sum());
        held.check()?;
        request.body = pieces.concat();
        let outgoing = self.execution.capabilities().outgoing().cloned();
        match self.execution.start_request(outgoing.as_deref(), &request)? {
            Started::Answered(recorded) => self.answer_recorded(reply, recorded),
            Started::Unanswered => self.requests().never_answer(reply),
            Started::Acts(pending) => {
                self.requests().send(Begun { pending, reply, _body: body }, request, outgoing);
            }
        }
        Ok(())
    }

    fn answer_recorded(&mut self, reply: Reply, answer: Fetched) {
        let hold = self.requests().held.take(length(&answer));
        self.requests().answer(reply, answer, hold);
    }

    /// Records an answer and gives it to the guest. One that the host has no room for is too large.
    pub(crate) fn finish_request(&mut self, Arrived((begun, mut answer)): Arrived) -> wasmtime::Result<()> {
        let held = &self.requests().held;
        let mut hold = held.take(length(&answer));
        if held.check().is_err() {
            answer = Err(fetch::Error::TooLarge);
            hold = held.take(0);
        }
        begun.pending.finish(&mut self.execution, &answer)?;
        self.requests().answer(begun.reply, answer, hold);
        Ok(())
    }

    /// Whether the guest sent requests whose answers it did not wait for.
    pub(crate) fn has_requests(&self) -> bool {
        self.requests.as_ref().is_some_and(|requests| !requests.is_idle() || requests.has_unanswered())
    }

    /// Waits for the answers that the guest did not wait for, within its time.
    pub(crate) async fn finish_requests(&mut self) -> wasmtime::Result<()> {
        self.execution.wait()?;
        let left = self.execution.time_left();
        let all = async {
            while let Some(requests) = self.requests.as_mut().filter(|requests| !requests.is_idle()) {
                let arrived = requests.next().await?;
                self.finish_request(arrived)?;
            }
            if self.has_requests() { Err(self.execution.unanswered("fetch.send")) } else { Ok(()) }
        };
        match tokio::time::timeout(left, all).await {
            Ok(done) => done,
            Err(_) => Err(self.execution.out_of_time(During::Waiting)),
        }
    }

    fn subscribe_response(
        &mut self,
        future: Resource<HostFutureIncomingResponse>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let request = self.requests().number_of(future.rep());
        let pollable = types::HostFutureIncomingResponse::subscribe(&mut self.http(), future)?;
        if let Some(number) = request {
            self.awaited.insert(pollable.rep(), Awaited::Response(number));
        }
        Ok(pollable)
    }

    fn body_stream(
        &mut self,
        body: Resource<HostOutgoingBody>,
    ) -> wasmtime::Result<Result<Resource<DynOutputStream>, ()>> {
        let Ok(stream) = self.http().write(body)? else {
            return Ok(Err(()));
        };
        let held = self.requests().held.clone();
        let slot = self.table.get_mut(&stream)?;
        let inner = std::mem::replace(slot, Box::new(SinkOutputStream) as Box<dyn OutputStream>);
        *slot = Box::new(BodyStream { inner, held });
        Ok(Ok(stream))
    }

    fn set_response(&mut self, out: Resource<HostResponseOutparam>, response: Set) -> wasmtime::Result<()> {
        types::HostResponseOutparam::set(&mut self.http(), out, response)?;
        self.answer_if_complete()
    }

    fn finish_body(
        &mut self,
        body: Resource<HostOutgoingBody>,
        trailers: Option<Resource<Trailers>>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let finished = types::HostOutgoingBody::finish(&mut self.http(), body, trailers);
        self.begin_requests()?;
        self.answer_if_complete()?;
        match finished {
            Ok(()) => Ok(Ok(())),
            Err(error) => error.downcast().map(Err),
        }
    }
}

fn length(answer: &Fetched) -> usize {
    answer.as_ref().map_or(0, |response| response.body.len())
}

//! The outgoing requests of one execution: handed over in part, under way, answered. When which becomes
//! the next is in `outgoing.rs`.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet, unconstrained};
use wasmtime_wasi::runtime::poll_noop;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::bindings::flux::host::fetch;
use crate::limits::Limits;
use crate::outgoing::Outgoing;
use crate::under_way::Pending;
use crate::wasm::held::{Held, Hold};
use crate::wasm::message::{self, Fetched};

/// How many requests of one execution are under way at once; others wait.
const AT_ONCE: usize = 16;

/// A sent request's response, and a future that drives its connection: there is nothing to drive.
type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// The outgoing requests of one execution.
pub(crate) struct Requests {
    /// Handed over, but not all of the body.
    open: Vec<Open>,
    /// How many were handed over: the number of the last.
    handed_over: u64,
    /// The numbers of the requests of which the guest has futures, by the numbers of these.
    futures: HashMap<u32, u64>,
    under_way: JoinSet<(Begun, Fetched)>,
    places: Arc<Semaphore>,
    /// Of a replay: the recording ended before their answers came. The guest's futures stay pending.
    unanswered: Vec<Reply>,
    /// Tasks of wasmtime that have an answer to pass on.
    passing: Vec<AbortHandle>,
    pub held: Held,
}

pub(crate) struct Open {
    number: u64,
    /// Without its body.
    pub head: fetch::Request,
    /// Why it cannot be sent.
    pub broken: Option<Error>,
    body: WasiBody,
    pub pieces: Vec<Bytes>,
    pub reply: Reply,
}

/// Where an answer goes: to a task of wasmtime, which passes it on to the guest's future.
pub(crate) struct Reply {
    sender: oneshot::Sender<Result<http::Response<WasiBody>, Error>>,
    task: Option<AbortHandle>,
}

/// A request that is in the journal, and not its answer.
pub(crate) struct Begun {
    pub pending: Pending,
    pub reply: Reply,
    pub _body: Hold,
}

impl Requests {
    pub fn new(limits: Limits) -> Self {
        Self {
            open: Vec::new(),
            handed_over: 0,
            futures: HashMap::new(),
            under_way: JoinSet::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            unanswered: Vec::new(),
            passing: Vec::new(),
            held: Held::new(limits.memory),
        }
    }

    /// Sends a request that began.
    pub fn send(&mut self, begun: Begun, request: fetch::Request, outgoing: Option<Arc<dyn Outgoing>>) {
        let places = self.places.clone();
        self.under_way.spawn(async move {
            // The semaphore is never closed: without a place a request is sent all the same.
            let _place = places.acquire().await;
            let answer = match outgoing {
                Some(outgoing) => outgoing.send_exactly(request).await,
                None => Err(fetch::Error::Denied("this app has no fetch".to_owned())),
            };
            (begun, answer)
        });
    }

    /// Answers one.
    pub fn answer(&mut self, reply: Reply, answer: Fetched, hold: Hold) {
        self.pass(reply, message::response(answer, hold));
    }

    /// Passes on what a future of the guest becomes.
    pub fn pass(&mut self, reply: Reply, response: Result<http::Response<WasiBody>, Error>) {
        // A guest that dropped its future wants no answer.
        if reply.sender.send(response).is_ok() {
            self.passing.extend(reply.task);
        }
    }

    /// No answer will come.
    pub fn never_answer(&mut self, reply: Reply) {
        self.unanswered.push(reply);
    }

    /// Whether there are requests that are never answered.
    pub fn has_unanswered(&self) -> bool {
        !self.unanswered.is_empty()
    }

    /// The guest's future of the request that was handed over last, and the task that passes its answer on.
    pub fn is_awaited_by(&mut self, future: u32, task: AbortHandle) {
        self.futures.insert(future, self.handed_over);
        if let Some(open) = self.open.last_mut() {
            open.reply.task = Some(task);
        }
    }

    /// The request that a future of the guest is of.
    pub fn number_of(&self, future: u32) -> Option<u64> {
        self.futures.get(&future).copied()
    }

    /// Whether not all of this request is there.
    pub fn is_open(&self, number: u64) -> bool {
        self.open.iter().any(|open| open.number == number)
    }

    /// These requests, which are not whole.
    pub fn take_open(&mut self, numbers: &[u64]) -> Vec<Open> {
        self.open.extract_if(.., |open| numbers.contains(&open.number)).collect()
    }

    /// All that are not whole.
    pub fn take_left(&mut self) -> Vec<Open> {
        std::mem::take(&mut self.open)
    }

    /// The requests of which all is there by now.
    pub fn take_whole(&mut self) -> Vec<Open> {
        self.open.extract_if(.., Open::is_whole).collect()
    }

    /// Waits until the guest can see the answers that are there: otherwise it would depend on the
    /// host's threads whether it sees them at its next look.
    pub async fn deliver(&mut self) {
        for task in self.passing.drain(..) {
            while !task.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Whether no answer is awaited.
    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// An answer that has arrived.
    pub fn try_next(&mut self) -> Option<wasmtime::Result<Arrived>> {
        let arrived = self.under_way.try_join_next()?;
        Some(arrived.map(Arrived).map_err(Into::into))
    }

    /// The next answer that arrives; pending for ever where none is awaited.
    pub async fn next(&mut self) -> wasmtime::Result<Arrived> {
        match self.under_way.join_next().await {
            Some(arrived) => Ok(Arrived(arrived?)),
            None => std::future::pending().await,
        }
    }
}

/// An answer that arrived, with what it answers.
pub(crate) struct Arrived(pub (Begun, Fetched));

impl Open {
    /// Takes what the guest has written; whether no more will come.
    fn is_whole(&mut self) -> bool {
        loop {
            // Outside of tokio's budget: what is there is read, however much it is.
            match poll_noop(pin!(unconstrained(self.body.frame()))) {
                None => return false,
                Some(None) => return true,
                // The contract has no trailers, and no server asks for them.
                Some(Some(Ok(frame))) => self.pieces.extend(frame.into_data().ok()),
                Some(Some(Err(broken))) => {
                    self.broken = Some(broken);
                    return true;
                }
            }
        }
    }
}

impl WasiHttpHooks for Requests {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let (sender, answer) = oneshot::channel();
        let (parts, body) = request.into_parts();
        let head = message::request(&parts, options.as_ref());
        let reply = Reply { sender, task: None };
        self.handed_over += 1;
        let number = self.handed_over;
        self.open.push(Open { number, head, broken: None, body, pieces: Vec::new(), reply });
        Box::new(async {
            let response = answer.await.map_err(|_| Error::ConnectionTerminated)??;
            Ok((response, Box::new(async { Ok(()) }) as _))
        })
    }

    /// The URL has it, and the client sends it.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// As good as unbounded: `Held` is the bound.
    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        Semaphore::MAX_PERMITS / 2
    }
}

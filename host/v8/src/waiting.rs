//! What an execution waits for, and which answer its guest gets next.
//!
//! Several calls may be under way. Which of them ends first is chance, and code goes on from it; so where
//! there is a choice the journal has it, as an input: a replay delivers in the same order, and waits for
//! nothing. A build that makes other calls is told what holds for them, the oldest first.

use std::collections::VecDeque;
use std::time::Duration;

use flux_cap_fetch::Fetch;
use flux_host::bindings::flux::host::fetch;
use flux_host::{Execution, Pending, Started};
use flux_recorder::During;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::calls::{Alone, Answer, Call, answer};
use crate::convert;

/// How many outgoing requests of one execution are under way at once.
const AT_ONCE: usize = 32;

/// The input that says which call was answered next.
const NEXT: &str = "v8.next";

type Response = Result<fetch::Response, fetch::Error>;

/// A call that ended outside of the boundary, and what is to be recorded of it.
enum Landed {
    Response { pending: Pending, response: Response },
    Recorded(Response),
    Slept,
}

/// The calls of an execution that have no answer.
#[derive(Default)]
pub struct Waiting {
    alone: VecDeque<(u32, Alone)>,
    queued: VecDeque<(u32, fetch::Request)>,
    under_way: FuturesUnordered<BoxFuture<'static, (u32, Landed)>>,
    landed: VecDeque<(u32, Landed)>,
    // Their numbers, the oldest first.
    numbers: Vec<u32>,
    requests: usize,
    // Of a replay: the recording ended before their answers came.
    unanswered: Vec<u32>,
}

impl Waiting {
    /// Begins calls, in their order.
    pub fn begin(&mut self, it: &mut Execution, calls: Vec<(u32, Call)>) -> wasmtime::Result<()> {
        for (number, call) in calls {
            self.numbers.push(number);
            match call {
                Call::Alone(run) => self.alone.push_back((number, run)),
                Call::Fetch(request) => self.queued.push_back((number, request)),
                Call::Sleep(duration) => self.sleep(it, number, duration),
            }
        }
        self.send(it)
    }

    fn sleep(&mut self, it: &mut Execution, number: u32, duration: Duration) {
        let duration = if it.session().is_replay() { Duration::ZERO } else { duration };
        let slept = async move {
            if !duration.is_zero() {
                tokio::time::sleep(duration).await;
            }
            (number, Landed::Slept)
        };
        self.under_way.push(slept.boxed());
    }

    /// Sends the requests that there is room for.
    fn send(&mut self, it: &mut Execution) -> wasmtime::Result<()> {
        while self.requests < AT_ONCE
            && let Some((number, request)) = self.queued.pop_front()
        {
            self.requests += 1;
            match begin_request(it, request)? {
                Some(sent) => self.under_way.push(async move { (number, sent.await) }.boxed()),
                None => self.unanswered.push(number),
            }
        }
        Ok(())
    }

    /// The next answer, with the number of its call.
    pub async fn next(&mut self, it: &mut Execution) -> wasmtime::Result<(u32, Answer)> {
        it.wait()?;
        let choice = self.numbers.len() > 1;
        let wanted = match choice && it.session().is_replay() {
            true => self.recorded(it)?,
            false => None,
        };
        let (number, answer) = match wanted {
            Some(number) => self.take(it, number).await?,
            None => self.first(it).await?,
        };
        if choice && !it.session().is_replay() {
            it.session().input(NEXT, || number)?;
        }
        self.numbers.retain(|waiting| *waiting != number);
        self.send(it)?;
        Ok((number, answer))
    }

    /// Whether nothing is left of what the guest began, but for pauses.
    pub fn is_idle(&self) -> bool {
        self.alone.is_empty() && self.requests == 0
    }

    /// Runs what the guest began and did not wait for, but for pauses; it is not told.
    pub async fn finish_all(&mut self, it: &mut Execution) -> wasmtime::Result<()> {
        it.wait()?;
        while !self.is_idle() {
            // The guest has ended: nobody hears the answer.
            let _ = self.first(it).await?;
            self.send(it)?;
        }
        Ok(())
    }

    /// Records what has arrived: its outcome is known, though the guest has failed.
    pub fn finish_landed(&mut self, it: &mut Execution) -> wasmtime::Result<()> {
        while let Some(Some(landed)) = self.under_way.next().now_or_never() {
            self.landed.push_back(landed);
        }
        while let Some((_, landed)) = self.landed.pop_front() {
            // Nobody hears the answer.
            let _ = self.finish(it, landed)?;
        }
        Ok(())
    }

    /// The call that was answered next in the recording, else the oldest. Not a request that there is no
    /// room for yet: it is younger than those that take the room.
    fn recorded(&self, it: &mut Execution) -> wasmtime::Result<Option<u32>> {
        let recorded: Option<u32> = it.session().input(NEXT, || 0)?;
        let is_queued = |number: &u32| self.queued.iter().any(|(queued, _)| queued == number);
        let waits = |number: &u32| !self.unanswered.contains(number) && !is_queued(number);
        let recorded = recorded.filter(|number| self.numbers.contains(number) && waits(number));
        Ok(recorded.or_else(|| self.numbers.iter().copied().find(waits)))
    }

    /// Waits for one call.
    async fn take(&mut self, it: &mut Execution, number: u32) -> wasmtime::Result<(u32, Answer)> {
        let alone = self.alone.iter().position(|(waiting, _)| *waiting == number);
        if let Some((_, run)) = alone.and_then(|at| self.alone.remove(at)) {
            return Ok((number, run(it).await?));
        }
        loop {
            let there = self.landed.iter().position(|(landed, _)| *landed == number);
            if let Some((_, landed)) = there.and_then(|at| self.landed.remove(at)) {
                return Ok((number, self.finish(it, landed)?));
            }
            let landed = self.land(it).await?;
            self.landed.push_back(landed);
        }
    }

    /// Whatever comes first. What runs alone goes before what overlaps: that goes on meanwhile.
    async fn first(&mut self, it: &mut Execution) -> wasmtime::Result<(u32, Answer)> {
        let Some((number, run)) = self.alone.pop_front() else {
            let (number, landed) = match self.landed.pop_front() {
                Some(landed) => landed,
                None => self.land(it).await?,
            };
            return Ok((number, self.finish(it, landed)?));
        };
        let mut run = run(it);
        loop {
            tokio::select! {
                biased;
                answer = &mut run => return Ok((number, answer?)),
                Some(landed) = self.under_way.next() => self.landed.push_back(landed),
            }
        }
    }

    /// The next of those that overlap, within the execution's time.
    async fn land(&mut self, it: &mut Execution) -> wasmtime::Result<(u32, Landed)> {
        let next = async |_: &mut Execution| Ok(self.under_way.next().await);
        match it.within_time(During::Waiting, next).await? {
            Some(landed) => Ok(landed),
            None if !self.unanswered.is_empty() => Err(it.unanswered("fetch.send")),
            None => Err(wasmtime::format_err!(
                "the handler waits for what never comes: no call to the host is under way"
            )),
        }
    }

    fn finish(&mut self, it: &mut Execution, landed: Landed) -> wasmtime::Result<Answer> {
        let response = match landed {
            Landed::Slept => return Ok(answer(Ok::<_, fetch::Error>(()), convert::nothing)),
            Landed::Recorded(response) => response,
            Landed::Response { pending, response } => {
                pending.finish(it, &response)?;
                response
            }
        };
        self.requests -= 1;
        Ok(answer(response, convert::response))
    }
}

/// Begins an outgoing request, as a component's; none where it has no answer.
fn begin_request(
    it: &mut Execution,
    request: fetch::Request,
) -> wasmtime::Result<Option<BoxFuture<'static, Landed>>> {
    let pending = match flux_cap_fetch::start(it, &request)? {
        Started::Answered(recorded) => {
            return Ok(Some(std::future::ready(Landed::Recorded(recorded)).boxed()));
        }
        Started::Unanswered => return Ok(None),
        Started::Acts(pending) => pending,
    };
    let (fetch, ()) = it.live::<Fetch>()?;
    let sent = async move { Landed::Response { pending, response: fetch.send(request).await } };
    Ok(Some(sent.boxed()))
}

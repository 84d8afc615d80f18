//! What an execution waits for, and which answer its guest gets next.
//!
//! Several calls may be under way. Which of them ends first is chance, and code goes on from it; so where
//! there is a choice the journal has it, as an input: a replay delivers in the same order, and waits for
//! nothing. A build that makes other calls is told what holds for them, the oldest first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use flux_host::function::{Beside, InTurn};
use flux_host::{Begun, Execution, Pending};
use flux_recorder::{During, Value};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::calls::Call;

/// How many calls of one execution that overlap, such as outgoing requests, are under way at once.
const AT_ONCE: usize = 32;

/// The input that says which call was answered next.
const NEXT: &str = "v8.next";

/// A call that ended outside of the boundary, and what is to be recorded of it.
enum Landed {
    Acted { pending: Pending, result: Value },
    Recorded(Value),
    Paused,
}

/// The calls of an execution that have no answer.
#[derive(Default)]
pub struct Waiting {
    in_turn: VecDeque<(u32, Arc<InTurn>, Value)>,
    queued: VecDeque<(u32, Arc<Beside>, Value)>,
    under_way: FuturesUnordered<BoxFuture<'static, (u32, Landed)>>,
    landed: VecDeque<(u32, Landed)>,
    // Their numbers, the oldest first.
    numbers: Vec<u32>,
    // How many that overlap have begun and are not told, but for pauses.
    beside: usize,
    // Of a replay: the recording ended before their answers came. With their names in the journal.
    unanswered: Vec<(u32, &'static str)>,
}

impl Waiting {
    /// Begins calls, in their order.
    pub fn begin(&mut self, it: &mut Execution, calls: Vec<(u32, Call)>) -> wasmtime::Result<()> {
        for (number, call) in calls {
            self.numbers.push(number);
            match call {
                Call::InTurn(call, arguments) => self.in_turn.push_back((number, call, arguments)),
                Call::Beside(begin, arguments) => self.queued.push_back((number, begin, arguments)),
                Call::Pause(duration) => self.pause(it, number, duration),
            }
        }
        self.begin_queued(it)
    }

    fn pause(&mut self, it: &mut Execution, number: u32, duration: Duration) {
        let duration = if it.is_replay() { Duration::ZERO } else { duration };
        let slept = async move {
            if !duration.is_zero() {
                tokio::time::sleep(duration).await;
            }
            (number, Landed::Paused)
        };
        self.under_way.push(slept.boxed());
    }

    /// Begins the calls that overlap, as far as there is room for them.
    fn begin_queued(&mut self, it: &mut Execution) -> wasmtime::Result<()> {
        while self.beside < AT_ONCE
            && let Some((number, begin, arguments)) = self.queued.pop_front()
        {
            self.beside += 1;
            let landing: BoxFuture<'static, Landed> = match begin(it, arguments)? {
                Begun::Answered(recorded) => std::future::ready(Landed::Recorded(recorded)).boxed(),
                Begun::Acts(pending, result) => {
                    async move { Landed::Acted { pending, result: result.await } }.boxed()
                }
                Begun::Unanswered(function) => {
                    self.unanswered.push((number, function));
                    continue;
                }
            };
            self.under_way.push(async move { (number, landing.await) }.boxed());
        }
        Ok(())
    }

    /// The next answer, with the number of its call.
    pub async fn next(&mut self, it: &mut Execution) -> wasmtime::Result<(u32, Value)> {
        it.wait()?;
        let choice = self.numbers.len() > 1;
        let wanted = match choice && it.is_replay() {
            true => self.recorded(it)?,
            false => None,
        };
        let (number, answer) = match wanted {
            Some(number) => self.take(it, number).await?,
            None => self.first(it).await?,
        };
        if choice && !it.is_replay() {
            it.input(NEXT, || number)?;
        }
        self.numbers.retain(|waiting| *waiting != number);
        self.begin_queued(it)?;
        Ok((number, answer))
    }

    /// Whether nothing is left of what the guest began, but for pauses.
    pub fn is_idle(&self) -> bool {
        self.in_turn.is_empty() && self.beside == 0
    }

    /// Runs what the guest began and did not wait for, but for pauses; it is not told.
    pub async fn finish_all(&mut self, it: &mut Execution) -> wasmtime::Result<()> {
        it.wait()?;
        while !self.is_idle() {
            // The guest has ended: nobody hears the answer.
            let _ = self.first(it).await?;
            self.begin_queued(it)?;
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
        let recorded: Option<u32> = it.input(NEXT, || 0)?;
        let is_queued = |number: &u32| self.queued.iter().any(|(queued, ..)| queued == number);
        let is_unanswered = |number: &u32| self.unanswered.iter().any(|(unanswered, _)| unanswered == number);
        let waits = |number: &u32| !is_unanswered(number) && !is_queued(number);
        let recorded = recorded.filter(|number| self.numbers.contains(number) && waits(number));
        Ok(recorded.or_else(|| self.numbers.iter().copied().find(waits)))
    }

    /// Waits for one call.
    async fn take(&mut self, it: &mut Execution, number: u32) -> wasmtime::Result<(u32, Value)> {
        let at = self.in_turn.iter().position(|(waiting, ..)| *waiting == number);
        if let Some((_, call, arguments)) = at.and_then(|at| self.in_turn.remove(at)) {
            return Ok((number, call(it, arguments).await?));
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
    async fn first(&mut self, it: &mut Execution) -> wasmtime::Result<(u32, Value)> {
        let Some((number, call, arguments)) = self.in_turn.pop_front() else {
            let (number, landed) = match self.landed.pop_front() {
                Some(landed) => landed,
                None => self.land(it).await?,
            };
            return Ok((number, self.finish(it, landed)?));
        };
        let mut run = call(it, arguments);
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
            None => match self.unanswered.first() {
                Some((_, function)) => Err(it.unanswered(function)),
                None => Err(wasmtime::format_err!(
                    "the handler waits for what never comes: no call to the host is under way"
                )),
            },
        }
    }

    fn finish(&mut self, it: &mut Execution, landed: Landed) -> wasmtime::Result<Value> {
        let result = match landed {
            Landed::Paused => return Ok(Value::Unit),
            Landed::Recorded(result) => result,
            Landed::Acted { pending, result } => {
                pending.finish(it, &result)?;
                result
            }
        };
        self.beside -= 1;
        Ok(result)
    }
}

//! Requests that a guest does not finish, so that they are never sent.
//!
//! A request is sent when all of it is there (`outgoing.rs`). A guest that waits for the response before it
//! has finished the body would wait for ever. Such a request is refused as soon as nothing else can wake
//! the guest: it gets an error that says what to do, and the journal has a mark in place of a call.
//!
//! In a replay the guest does the same, and so the same request is refused. Only where a timer ends too late
//! does the decision depend on a clock; there the journal has it, as what `poll` said was ready.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi_http::Error;

use crate::bindings::flux::host::fetch;
use crate::wasm::awaited::Awaited;
use crate::wasm::requests::{Open, Requests};
use crate::wasm::state::State;

/// The mark of a request that was not sent.
const MARK: &str = "wasi:http";

/// What the guest is told, and the record.
const WAITED: &str = "the guest waits for the response before it has finished the request's body, and a request \
                      is sent when it is whole; hint: drop the body's stream and call outgoing-body.finish, then wait";
const DROPPED: &str =
    "its body was not finished, or is not as long as its content-length; hint: call outgoing-body.finish";
const LEFT: &str =
    "the guest ended before it had finished the request's body; hint: call outgoing-body.finish";

impl State {
    /// Refuses the requests that the guest is about to wait for, if it can never be woken.
    pub(crate) fn refuse_unfinished(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<()> {
        let Some((requests, timers)) = self.unfinished(pollables) else {
            return Ok(());
        };
        let end_ns = self.execution.limits().time_ms.saturating_mul(1_000_000);
        let too_late = |ends_ns: &u64| *ends_ns > end_ns;
        // A replay has no clock to ask: see `refuse_recorded`.
        let decided = timers.is_empty() || !self.execution.session().is_replay();
        if decided && timers.iter().all(too_late) { self.refuse(&requests) } else { Ok(()) }
    }

    /// Refuses what was refused when `ready` was recorded: the response to an unfinished request cannot
    /// have been ready otherwise.
    pub(crate) fn refuse_recorded(
        &mut self,
        pollables: &[Resource<DynPollable>],
        ready: &[u32],
    ) -> wasmtime::Result<()> {
        let Some((mut requests, _)) = self.unfinished(pollables) else {
            return Ok(());
        };
        let was_ready = |at: &u32| pollables.get(*at as usize).and_then(|it| self.awaited.get(&it.rep()));
        let was_ready: Vec<_> = ready.iter().filter_map(was_ready).copied().collect();
        requests.retain(|number| was_ready.contains(&Awaited::Response(*number)));
        self.refuse(&requests)
    }

    /// The requests that a guest would wait for though they are not finished, and the ends of the timers
    /// beside them; none if there is none, or if something else may wake the guest.
    fn unfinished(&self, pollables: &[Resource<DynPollable>]) -> Option<(Vec<u64>, Vec<u64>)> {
        let open = self.requests.as_ref()?;
        let (mut requests, mut timers) = (Vec::new(), Vec::new());
        for pollable in pollables {
            match *self.awaited.get(&pollable.rep())? {
                Awaited::Response(number) if open.is_open(number) => requests.push(number),
                Awaited::Response(_) => return None,
                Awaited::Timer { ends_ns } => timers.push(ends_ns),
            }
        }
        (!requests.is_empty()).then_some((requests, timers))
    }

    fn refuse(&mut self, numbers: &[u64]) -> wasmtime::Result<()> {
        for Open { head, reply, .. } in self.requests().take_open(numbers) {
            self.mark_unsent(&head, WAITED)?;
            self.requests().pass(reply, Err(Error::InternalError(Some(WAITED.to_owned()))));
        }
        Ok(())
    }

    /// Notes a request whose body broke off.
    pub(crate) fn mark_dropped(&mut self, head: &fetch::Request) -> wasmtime::Result<()> {
        self.mark_unsent(head, DROPPED)
    }

    /// Notes the requests that are not finished when the guest ends.
    pub(crate) fn mark_left(&mut self) -> wasmtime::Result<()> {
        let left = self.requests.as_mut().map(Requests::take_left).unwrap_or_default();
        left.iter().try_for_each(|open| self.mark_unsent(&open.head, LEFT))
    }

    /// Path and query are left out: what may not be in the journal may stand there.
    fn mark_unsent(&mut self, head: &fetch::Request, why: &str) -> wasmtime::Result<()> {
        let host = head.url.parse::<http::Uri>().ok().and_then(|url| url.authority().cloned());
        let host = host.map_or_else(String::new, |host| format!(" to {host}"));
        let text = format!("a request, {}{host}, was not sent: {why}", head.method);
        Ok(self.execution.session().mark(MARK, &text)?)
    }
}

//! The calls of an execution that have begun and have no result yet.

use std::collections::BTreeMap;

use flux_recorder::Ticket;

/// A call that has begun and has no result. The execution keeps it; this is its name there.
#[derive(Debug)]
#[must_use = "a call that was made has a result"]
pub struct Pending(u64);

pub(crate) struct BegunCall {
    pub ticket: Ticket,
    pub began_ns: u64,
}

/// The calls of one execution that have no result yet, the oldest first.
#[derive(Default)]
pub(crate) struct UnderWay {
    calls: BTreeMap<u64, BegunCall>,
    next: u64,
}

impl UnderWay {
    pub fn add(&mut self, begun: BegunCall) -> Pending {
        let number = self.next;
        self.next += 1;
        self.calls.insert(number, begun);
        Pending(number)
    }

    pub fn take(&mut self, pending: &Pending) -> wasmtime::Result<BegunCall> {
        let begun = self.calls.remove(&pending.0);
        begun.ok_or_else(|| wasmtime::format_err!("a call was finished after it was given up"))
    }

    pub fn take_all(&mut self) -> impl Iterator<Item = BegunCall> + use<> {
        std::mem::take(&mut self.calls).into_values()
    }
}

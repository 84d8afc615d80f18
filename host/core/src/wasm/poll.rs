//! `wasi:io/poll`, where a guest waits: for a timer, for an answer, for whichever comes first.
//!
//! What is ready first is chance, and code goes on from it. So where a guest waits for several things,
//! or asks without waiting, the journal has what it was told, as an input: a replay tells it the same,
//! and nothing is waited for. A build that asks otherwise is told what holds for it.

use flux_recorder::During;
use tokio::task::unconstrained;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll::{Host, HostPollable};

use crate::wasm::state::State;
use crate::wasm::wasi::View;

impl Host for View<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let state = &mut *self.0;
        state.begin_requests()?;
        state.refuse_unfinished(&pollables)?;
        state.execution.wait()?;
        if pollables.len() < 2 {
            return state.wait(&pollables).await;
        }
        state.execution.count_call()?;
        if state.execution.session().is_replay() {
            return state.replayed_poll(&pollables).await;
        }
        let ready = state.wait(&pollables).await?;
        state.execution.session().input("wasi.poll", || ready.clone())?;
        Ok(ready)
    }
}

impl HostPollable for View<'_> {
    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        let state = &mut *self.0;
        state.begin_requests()?;
        state.execution.count_call()?;
        if state.execution.session().is_replay() {
            let recorded = state.execution.session().input("wasi.ready", || false)?;
            return Ok(recorded != Some(false) && state.is_ready(&pollable).await?);
        }
        state.take_arrived()?;
        state.requests().deliver().await;
        let ready = state.table.ready(pollable).await?;
        state.execution.session().input("wasi.ready", || ready)?;
        Ok(ready)
    }

    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        let (state, pollables) = (&mut *self.0, [pollable]);
        state.begin_requests()?;
        state.refuse_unfinished(&pollables)?;
        state.execution.wait()?;
        state.wait(&pollables).await.map(|_| ())
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.0.awaited.remove(&pollable.rep());
        HostPollable::drop(&mut self.0.table, pollable)
    }
}

impl State {
    /// Waits until one is ready, within the execution's time; answers that arrive are recorded.
    async fn wait(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        if self.requests().has_unanswered() {
            return self.ready_in_replay(pollables).await;
        }
        let left = self.execution.time_left();
        match tokio::time::timeout(left, self.until_ready(pollables)).await {
            Ok(ready) => ready,
            Err(_) => Err(self.execution.out_of_time(During::Waiting)),
        }
    }

    /// What is ready in a replay, where nothing more arrives. A guest that waits for an answer that was
    /// never recorded, and for nothing else, stops.
    async fn ready_in_replay(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        let ready = self.ready_of(pollables, 0..pollables.len() as u32).await?;
        if ready.is_empty() { Err(self.execution.unanswered("fetch.send")) } else { Ok(ready) }
    }

    async fn ready_of(
        &mut self,
        pollables: &[Resource<DynPollable>],
        candidates: impl IntoIterator<Item = u32>,
    ) -> wasmtime::Result<Vec<u32>> {
        let mut ready = Vec::new();
        for at in candidates {
            if let Some(pollable) = pollables.get(at as usize)
                && self.is_ready(pollable).await?
            {
                ready.push(at);
            }
        }
        Ok(ready)
    }

    async fn until_ready(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        loop {
            let (requests, table) = self.requests_and_table();
            requests.deliver().await;
            let asked = pollables.iter().map(|pollable| Resource::new_borrow(pollable.rep())).collect();
            let arrived = tokio::select! {
                // Answers first: what a guest asks for may be ready always.
                biased;
                arrived = requests.next() => arrived?,
                ready = table.poll(asked) => return ready,
            };
            self.finish_request(arrived)?;
        }
    }

    /// Records the answers that are there.
    pub(crate) fn take_arrived(&mut self) -> wasmtime::Result<()> {
        while let Some(arrived) = self.requests().try_next() {
            self.finish_request(arrived?)?;
        }
        Ok(())
    }

    /// What was ready then, as far as it is now; else what is now.
    async fn replayed_poll(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        let recorded: Option<Vec<u32>> = self.execution.session().input("wasi.poll", Vec::new)?;
        let recorded = recorded.unwrap_or_default();
        self.refuse_recorded(pollables, &recorded)?;
        let all = (0..pollables.len()).map(|at| at as u32).collect();
        for candidates in [recorded, all] {
            let ready = self.ready_of(pollables, candidates).await?;
            if !ready.is_empty() {
                return Ok(ready);
            }
        }
        self.wait(pollables).await
    }

    /// Asked twice: a timer that is over lets others run before it says so.
    async fn is_ready(&mut self, pollable: &Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.requests().deliver().await;
        let borrow = || Resource::new_borrow(pollable.rep());
        let first = unconstrained(self.table.ready(borrow())).await?;
        Ok(first || unconstrained(self.table.ready(borrow())).await?)
    }
}

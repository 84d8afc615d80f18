//! Calls: how each begins, and how it ends.
//!
//! A call has two phases. [`Execution::start`] counts it, writes it into the journal and takes the time; the
//! host acts; [`Pending::finish`] writes the result. What has begun stands in the execution until then, so
//! that nothing is left open in silence: when the guest is over, however it ended, [`Execution::close`]
//! rolls back its open transactions and gives up the calls that are still under way.
//!
//! Nothing else begins or finishes a call: `effect`, `send-all`, `wasi:http` and V8's calls all come here.

use std::time::Duration;

use flux_recorder::{Decode, During, Encode, Step};

use crate::bindings::flux::host::db::Error;
use crate::bindings::flux::host::fetch;
use crate::execution::Execution;
use crate::limits::LimitHit;
use crate::outgoing::Outgoing;
use crate::under_way::{BegunCall, Pending};

/// How long the host waits for one rollback of its own.
const ROLLBACK: Duration = Duration::from_secs(5);

/// A call that was started.
#[derive(Debug)]
pub enum Started<R> {
    /// The recorded result: the host does not act.
    Answered(R),
    /// The host acts, and then finishes.
    Acts(Pending),
    /// The recording ended before the answer came. A guest that waits for nothing else stops:
    /// [`Execution::unanswered`].
    Unanswered,
}

impl Pending {
    /// The result is there.
    pub fn finish(self, execution: &mut Execution, result: &impl Encode) -> wasmtime::Result<()> {
        execution.finish(self, result)
    }
}

impl Execution {
    /// Begins a call. `function` is interface and function, such as `kv.bucket.get`.
    pub fn start<R: Decode>(
        &mut self,
        function: &'static str,
        args: &impl Encode,
    ) -> wasmtime::Result<Started<R>> {
        self.count_call()?;
        self.begin(function, args)
    }

    fn begin<R: Decode>(
        &mut self,
        function: &'static str,
        args: &impl Encode,
    ) -> wasmtime::Result<Started<R>> {
        Ok(match self.session().begin(function, args)? {
            Step::Return(recorded) => Started::Answered(recorded),
            Step::Unanswered => Started::Unanswered,
            Step::Execute(ticket) => {
                let began_ns = self.monotonic_ns();
                Started::Acts(self.under_way().add(BegunCall { ticket, began_ns }))
            }
        })
    }

    fn finish(&mut self, pending: Pending, result: &impl Encode) -> wasmtime::Result<()> {
        let BegunCall { ticket, began_ns } = self.under_way().take(&pending)?;
        let elapsed = self.monotonic_ns().saturating_sub(began_ns);
        Ok(self.session().finish(ticket, result, elapsed)?)
    }

    /// Begins an outgoing request. From then on the journal has the names of the secrets that the request
    /// has by placeholder, wherever their values come back.
    pub fn start_request(
        &mut self,
        outgoing: Option<&dyn Outgoing>,
        request: &fetch::Request,
    ) -> wasmtime::Result<Started<Result<fetch::Response, fetch::Error>>> {
        let started = self.start("fetch.send", request)?;
        // Only now: the request was recorded with its placeholders, whatever the values are.
        for (name, value) in outgoing.iter().flat_map(|outgoing| outgoing.secrets(request)) {
            self.session().reveal(&name, &value);
        }
        Ok(started)
    }

    /// One call from its begin to its end: answered from the recording, or acted on and recorded.
    pub async fn effect<R: Encode + Decode>(
        &mut self,
        function: &'static str,
        args: impl Encode,
        live: impl AsyncFnOnce(&mut Self) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let started = self.start(function, &args)?;
        self.act(function, started, live).await
    }

    /// The second phase of [`effect`](Self::effect).
    pub async fn act<R: Encode + Decode>(
        &mut self,
        function: &'static str,
        started: Started<R>,
        live: impl AsyncFnOnce(&mut Self) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        match started {
            Started::Answered(recorded) => Ok(recorded),
            Started::Unanswered => Err(self.unanswered(function)),
            Started::Acts(pending) => {
                let result = self.within_time(During::Calling, live).await?;
                self.finish(pending, &result)?;
                Ok(result)
            }
        }
    }

    /// What ends a guest that can only wait for a call without an answer.
    pub fn unanswered(&mut self, function: &str) -> wasmtime::Error {
        self.session().unanswered(function).into()
    }

    /// Runs `live` for as long as the time limit leaves. `during` is what the guest does meanwhile.
    pub async fn within_time<R>(
        &mut self,
        during: During,
        live: impl AsyncFnOnce(&mut Self) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let left = self.time_left();
        match tokio::time::timeout(left, live(self)).await {
            Ok(result) => result,
            Err(_) => Err(self.out_of_time(during)),
        }
    }

    /// The guest is about to wait. In a replay it does not, and errs where a limit ended the recording while
    /// it waited here.
    pub fn wait(&mut self) -> wasmtime::Result<()> {
        Ok(self.session().wait()?)
    }

    /// Asked from time to time while the guest computes: whether it may go on.
    pub fn tick(&mut self) -> wasmtime::Result<()> {
        self.session().tick()?;
        let over = self.time_left().is_zero();
        if over { Err(self.out_of_time(During::Computing)) } else { Ok(()) }
    }

    /// The time limit was hit: what ends the guest.
    pub fn out_of_time(&mut self, during: During) -> wasmtime::Error {
        self.hit(LimitHit::Time(self.limits().time_ms), during)
    }

    /// A limit was hit: where, is in the journal from now on.
    pub fn hit(&mut self, hit: LimitHit, during: During) -> wasmtime::Error {
        // A journal that does not take the mark does not take the end, and that is noticed there.
        self.session().limit(hit.kind(), during).ok();
        hit.into()
    }

    /// The guest is over. Its open transactions are rolled back, the newest first, and the calls without a
    /// result are given up: their outcome stays unknown, and the journal says so.
    pub async fn close(&mut self) {
        self.session().close();
        while let Some(handle) = self.transactions().newest() {
            self.report_open(handle);
            // What is not in the journal is undone all the same: the transaction was taken.
            self.roll_back(handle).await.ok();
        }
        for BegunCall { ticket, .. } in self.under_way().take_all() {
            self.session().abandon(ticket).ok();
        }
    }

    /// A transaction that a guest leaves open is most likely a mistake: it is not ended in silence.
    fn report_open(&mut self, handle: u32) {
        if let Ok(label) = self.handles().label(handle)
            && !self.session().is_replay()
        {
            tracing::warn!("transaction {label} was left open and is rolled back");
            self.session().mark("db.rolled-back", &label).ok();
        }
    }

    /// Ends a transaction that the guest let go without a word, as an effect at this place.
    pub async fn roll_back(&mut self, handle: u32) -> wasmtime::Result<()> {
        if !self.transactions().end(handle) {
            return Ok(());
        }
        let transaction = self.transactions().take(handle).ok();
        if !self.session().has_implicit_rollbacks() {
            return Ok(());
        }
        let label = self.handles().label(handle)?;
        let started: Started<Result<(), Error>> = self.begin("db.transaction.rollback", &(&*label,))?;
        let (Started::Acts(pending), Some(transaction)) = (started, transaction) else {
            return Ok(());
        };
        if let Ok(result) = tokio::time::timeout(ROLLBACK, transaction.rollback()).await {
            self.finish(pending, &result)?;
        }
        Ok(())
    }
}

//! One execution at the boundary: every call of every guest passes here.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Decode, Encode, Output, Session, Step, Ticket};

use crate::capability::{Capabilities, Capability};
use crate::environment::Environment;
use crate::fault::HostFault;
use crate::limits::{LimitHit, Limits};
use crate::transaction::Transactions;

/// The host side of one execution: its session, its limits and what it holds.
pub struct Execution {
    session: Session,
    environment: Arc<dyn Environment>,
    capabilities: Arc<Capabilities>,
    held: Vec<(TypeId, Box<dyn Any + Send>)>,
    handles: Handles,
    transactions: Transactions,
    limits: Limits,
    began_ns: u64,
    calls: u64,
    written: usize,
}

impl std::fmt::Debug for Execution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Execution {
    /// An execution that begins now.
    pub fn new(
        session: Session,
        environment: Arc<dyn Environment>,
        capabilities: Arc<Capabilities>,
        limits: Limits,
    ) -> Self {
        let began_ns = environment.monotonic_ns();
        Self {
            session,
            environment,
            capabilities,
            held: Vec::new(),
            handles: Handles::default(),
            transactions: Transactions::default(),
            limits,
            began_ns,
            calls: 0,
            written: 0,
        }
    }

    /// Its session.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Its limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Nanoseconds since it began.
    pub fn elapsed_ns(&self) -> u64 {
        self.environment.monotonic_ns().saturating_sub(self.began_ns)
    }

    /// Nanoseconds since the Unix epoch, for a live clock.
    pub fn now_ns(&self) -> u64 {
        self.environment.now_ns()
    }

    /// The labels behind the guest's handles.
    pub fn handles(&mut self) -> &mut Handles {
        &mut self.handles
    }

    /// The transactions that the guest has open.
    pub fn transactions(&mut self) -> &mut Transactions {
        &mut self.transactions
    }

    /// The app's capabilities: none in a replay.
    pub fn capabilities(&self) -> &Arc<Capabilities> {
        &self.capabilities
    }

    /// A capability, where there is one: not in a replay.
    pub fn capability<C: Capability>(&self) -> Option<Arc<C>> {
        self.capabilities.get::<C>()
    }

    /// A capability, and what this execution holds of it. Only live actions may ask.
    pub fn live<C: Capability>(&mut self) -> wasmtime::Result<(Arc<C>, &mut C::Held)> {
        let capability = self.capabilities.get::<C>().ok_or_else(|| {
            HostFault(format!("{} was asked to act where there is nothing to act with", C::INTERFACE))
        })?;
        let id = TypeId::of::<C>();
        let at = match self.held.iter().position(|(held, _)| *held == id) {
            Some(at) => at,
            None => {
                self.held.push((id, Box::new(C::Held::default())));
                self.held.len() - 1
            }
        };
        let held = self.held[at].1.downcast_mut();
        Ok((capability, held.ok_or_else(|| HostFault(format!("{} holds another type", C::INTERFACE)))?))
    }

    /// One effect: answered from the recording, or acted on and recorded. `function` is interface
    /// and function, such as `kv.bucket.get`.
    pub async fn effect<R: Encode + Decode>(
        &mut self,
        function: &'static str,
        args: impl Encode,
        live: impl AsyncFnOnce(&mut Self) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let ticket = match self.begin(function, &args)? {
            Step::Return(recorded) => return Ok(recorded),
            Step::Execute(ticket) => ticket,
        };
        let began = self.environment.monotonic_ns();
        let result = self.within_time(live).await?;
        self.finish(ticket, &result, began)?;
        Ok(result)
    }

    /// Begins an effect that is finished later: several at once.
    pub fn begin<R: Decode>(
        &mut self,
        function: &'static str,
        args: &impl Encode,
    ) -> wasmtime::Result<Step<R>> {
        self.count_call()?;
        Ok(self.session.begin(function, args)?)
    }

    /// Finishes an effect that began at `began_ns` of the monotonic clock.
    pub fn finish(&mut self, ticket: Ticket, result: &impl Encode, began_ns: u64) -> wasmtime::Result<()> {
        let elapsed = self.environment.monotonic_ns().saturating_sub(began_ns);
        Ok(self.session.finish(ticket, result, elapsed)?)
    }

    /// The monotonic clock, for [`Execution::finish`].
    pub fn monotonic_ns(&self) -> u64 {
        self.environment.monotonic_ns()
    }

    /// Runs `live` for as long as the time limit leaves.
    pub async fn within_time<R>(
        &mut self,
        live: impl AsyncFnOnce(&mut Self) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let (left, limit) = (self.time_left(), self.limits.time_ms);
        tokio::time::timeout(left, live(self)).await.map_err(|_| LimitHit::Time(limit))?
    }

    /// How much of its time is left.
    pub fn time_left(&self) -> Duration {
        let limit = Duration::from_millis(self.limits.time_ms);
        limit.saturating_sub(Duration::from_nanos(self.elapsed_ns()))
    }

    /// Counts a call that is no effect; errs over the limit.
    pub fn count_call(&mut self) -> wasmtime::Result<()> {
        self.calls += 1;
        if self.calls > self.limits.calls {
            return Err(LimitHit::Calls(self.limits.calls).into());
        }
        Ok(())
    }

    /// Opens a label: a matter of flux.toml, not of the world, so it is an input and no effect. In
    /// a replay a label that was never opened opens, and the first call on it is stopped.
    pub fn open<E: Encode + Decode>(
        &mut self,
        interface: &'static str,
        label: &str,
        live: impl FnOnce(&Capabilities) -> Result<(), E>,
    ) -> wasmtime::Result<Result<u32, E>> {
        self.count_call()?;
        let capabilities = &self.capabilities;
        let name = format!("open:{interface}:{label}");
        let opened = self.session.input(&name, || live(capabilities))?.unwrap_or(Ok(()));
        Ok(opened.map(|()| self.handles.add(label)))
    }

    /// A line of output, within the limit.
    pub fn output(&mut self, output: Output) -> wasmtime::Result<()> {
        let fields: usize = output.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.written += output.message.len() + fields;
        if self.written > self.limits.output {
            return Err(LimitHit::Output(self.limits.output).into());
        }
        Ok(self.session.output(output)?)
    }
}

/// What stands behind the numbers that guests hold: the label that a call names in the journal. A
/// label does not depend on the order in which handles were opened, so a rewrite may open in another.
#[derive(Debug, Default)]
pub struct Handles {
    labels: Vec<Option<Arc<str>>>,
    free: Vec<u32>,
    // How many numbered handles each label had, closed ones included.
    numbered: HashMap<String, u32>,
}

impl Handles {
    /// A new handle for a label.
    pub fn add(&mut self, label: &str) -> u32 {
        let label = Some(Arc::from(label));
        match self.free.pop() {
            Some(handle) => {
                self.labels[handle as usize] = label;
                handle
            }
            None => {
                self.labels.push(label);
                (self.labels.len() - 1) as u32
            }
        }
    }

    /// A new handle for the next thing made from a label: `main#1`, `main#2`. A number is never given
    /// twice in an execution, and a replay counts alike.
    pub fn add_numbered(&mut self, label: &str) -> u32 {
        let number = self.numbered.entry(label.to_owned()).or_default();
        *number += 1;
        let label = format!("{label}#{number}");
        self.add(&label)
    }

    /// The label of a handle.
    pub fn label(&self, handle: u32) -> wasmtime::Result<Arc<str>> {
        let label = self.labels.get(handle as usize).cloned().flatten();
        label.ok_or_else(|| wasmtime::format_err!("handle {handle} is not open"))
    }

    /// Gives a handle back.
    pub fn close(&mut self, handle: u32) {
        if let Some(label) = self.labels.get_mut(handle as usize)
            && label.take().is_some()
        {
            self.free.push(handle);
        }
    }
}

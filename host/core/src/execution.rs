//! One execution at the boundary: every call of every guest passes here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flux_recorder::{Decode, During, Encode, Outcome, Output, Session};
use tokio::sync::oneshot;

use crate::capabilities::Capabilities;
use crate::environment::Environment;
use crate::fault::HostFault;
use crate::handler::{Input, Output as Answer};
use crate::limits::{LimitHit, Limits};
use crate::transaction::Transactions;
use crate::under_way::UnderWay;

/// The host side of one execution: its session, its limits and what it holds.
pub struct Execution {
    session: Session,
    environment: Arc<dyn Environment>,
    capabilities: Arc<Capabilities>,
    handles: Handles,
    transactions: Transactions,
    limits: Limits,
    began_ns: u64,
    calls: u64,
    written: usize,
    under_way: UnderWay,
    answered: Option<Outcome>,
    // Its request is a HEAD.
    to_head: bool,
    // Who is told of an answer before the end.
    listener: Option<oneshot::Sender<Answer>>,
    // The answer, where nobody listened.
    output: Option<Answer>,
}

impl std::fmt::Debug for Execution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Execution {
    /// An execution that begins now.
    pub fn new(
        mut session: Session,
        environment: Arc<dyn Environment>,
        capabilities: Arc<Capabilities>,
        limits: Limits,
    ) -> Self {
        session.limit_journal(limits.journal);
        let began_ns = environment.monotonic_ns();
        Self {
            session,
            environment,
            capabilities,
            handles: Handles::default(),
            transactions: Transactions::default(),
            limits,
            began_ns,
            calls: 0,
            written: 0,
            under_way: UnderWay::default(),
            answered: None,
            to_head: false,
            listener: None,
            output: None,
        }
    }

    /// Its session, which does not leave this crate: calls begin and end in `calls.rs`.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    pub(crate) fn under_way(&mut self) -> &mut UnderWay {
        &mut self.under_way
    }

    /// Where an answer goes that is complete before the guest is over.
    pub fn listen(&mut self) -> oneshot::Receiver<Answer> {
        let (listener, answer) = oneshot::channel();
        self.listener = Some(listener);
        answer
    }

    /// The answer is complete, and the guest goes on: the answer is recorded and goes out. What follows is
    /// the tail of the execution, and takes nothing back.
    pub fn answer(&mut self, output: Answer) -> wasmtime::Result<()> {
        if self.answered.is_some() {
            return Ok(());
        }
        let output = self.checked(output)?;
        if let Answer::Refused(why) = &output {
            // It is no answer, and its guest ends here.
            let why = why.clone();
            self.output = Some(output);
            return Err(why.into());
        }
        let outcome = output.outcome();
        self.session.respond(&outcome)?;
        self.answered = Some(outcome);
        match self.listener.take() {
            // Who asked may have gone.
            Some(listener) => drop(listener.send(output)),
            None => self.output = Some(output),
        }
        Ok(())
    }

    /// What it is called with: that says what its response may be.
    pub fn serves(&mut self, input: &Input) {
        self.to_head = input.is_head();
    }

    /// The output as its client may see it.
    pub fn checked(&self, output: Answer) -> wasmtime::Result<Answer> {
        output.within(self.limits, self.to_head)
    }

    pub(crate) fn take_output(&mut self) -> Option<Answer> {
        self.output.take()
    }

    /// What was answered already.
    pub fn answered(&self) -> Option<&Outcome> {
        self.answered.as_ref()
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
    pub fn capability<C: Send + Sync + 'static>(&self) -> Option<Arc<C>> {
        self.capabilities.get::<C>()
    }

    /// A capability. Only live actions may ask.
    pub fn live<C: Send + Sync + 'static>(&self) -> wasmtime::Result<Arc<C>> {
        let missing = || {
            let name = std::any::type_name::<C>();
            HostFault(format!("{name} was asked to act where there is nothing to act with")).into()
        };
        self.capability::<C>().ok_or_else(missing)
    }

    /// The monotonic clock.
    pub fn monotonic_ns(&self) -> u64 {
        self.environment.monotonic_ns()
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
            return Err(self.hit(LimitHit::Calls(self.limits.calls), During::Calling));
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
            return Err(self.hit(LimitHit::Output(self.limits.output), During::Calling));
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

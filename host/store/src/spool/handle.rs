//! How one execution is written: its journal, and the host's end of it.

use std::sync::{Arc, Mutex, PoisonError};

use flux_recorder::{AppendError, Journal};
use uuid::Uuid;

use super::execution::Execution;
use super::layout::FINISHED;
use super::options::Durability;
use super::run::RunWriter;
use super::shared::Shared;
use crate::error::StoreError;

/// What was written before can no longer become durable, so nothing more may happen.
const POISONED: &str = "an earlier write of this execution failed: see the log";

/// Writes an execution's runs one after the other. A run is full before the next begins, so that
/// recovery knows whether something is missing between them.
#[derive(Debug, Default)]
struct Appender {
    writer: Option<RunWriter>,
    runs: u32,
}

impl Appender {
    fn append(&mut self, spool: &Shared, execution: &Execution, bytes: &[u8]) -> Result<(), AppendError> {
        let mut rest = bytes;
        loop {
            if let Some(writer) = &mut self.writer {
                if writer.run().segment().is_poisoned() {
                    return Err(spool.refuse(POISONED.to_owned()));
                }
                rest = &rest[writer.append(rest)..];
            }
            if rest.is_empty() {
                return Ok(());
            }
            self.next_run(spool, execution, rest.len())?;
        }
    }

    fn next_run(&mut self, spool: &Shared, execution: &Execution, wanted: usize) -> Result<(), AppendError> {
        let writer = spool.run(execution.id(), self.runs, wanted)?;
        execution.add(writer.run());
        self.runs += 1;
        self.writer = Some(writer);
        Ok(())
    }
}

#[derive(Debug)]
struct SpoolJournal {
    spool: Arc<Shared>,
    execution: Arc<Execution>,
    appender: Appender,
}

impl Journal for SpoolJournal {
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        self.appender.append(&self.spool, &self.execution, frames)
    }
}

/// Keeps bytes in memory. The first run is reserved all the same: at the bound, executions are
/// refused before they act, not given up after they did.
#[derive(Debug)]
struct MemoryJournal {
    spool: Arc<Shared>,
    execution: Arc<Execution>,
    appender: Arc<Mutex<Appender>>,
}

impl Journal for MemoryJournal {
    fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        let mut appender = self.appender.lock().unwrap_or_else(PoisonError::into_inner);
        if appender.runs == 0 {
            appender.next_run(&self.spool, &self.execution, frames.len())?;
        }
        self.execution.kept().memory.extend_from_slice(frames);
        Ok(())
    }
}

pub(super) fn start(spool: &Arc<Shared>, id: Uuid) -> (Box<dyn Journal>, ExecutionHandle) {
    let (spool, execution) = (spool.clone(), Arc::new(Execution::with_runs(id, Vec::new())));
    let mut handle =
        ExecutionHandle { spool: spool.clone(), execution: execution.clone(), memory: None, open: true };
    if spool.options.durability != Durability::Relaxed {
        return (Box::new(SpoolJournal { spool, execution, appender: Appender::default() }), handle);
    }
    let appender = Arc::<Mutex<Appender>>::default();
    handle.memory = Some(appender.clone());
    (Box::new(MemoryJournal { spool, execution, appender }), handle)
}

/// The host's end of an execution's journal. Dropped without [`finish`](Self::finish), the
/// execution is shipped as it is: interrupted, if its journal has no end.
#[derive(Debug)]
#[must_use = "an execution that ended must be finished"]
pub struct ExecutionHandle {
    spool: Arc<Shared>,
    execution: Arc<Execution>,
    memory: Option<Arc<Mutex<Appender>>>,
    open: bool,
}

impl ExecutionHandle {
    /// The execution.
    pub fn id(&self) -> Uuid {
        self.execution.id()
    }

    /// Returns when the client may see the response: with durability `power` when the disk has
    /// everything that was appended, otherwise at once. After an error it may not.
    pub async fn durable(&self) -> Result<(), StoreError> {
        let Some(syncer) = &self.spool.syncer else {
            return Ok(());
        };
        let runs = self.execution.kept().runs().cloned().collect();
        syncer.sync(runs).await
    }

    /// Hands the execution, whose session ended, to the shipper.
    pub fn finish(mut self) {
        self.hand_over(true);
    }

    fn hand_over(&mut self, finished: bool) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        if let Some(appender) = &self.memory {
            self.write_memory(&mut appender.lock().unwrap_or_else(PoisonError::into_inner));
        }
        {
            let kept = self.execution.kept();
            let Some(first) = &kept.first else { return };
            if finished {
                first.set_state(FINISHED);
            }
        }
        self.spool.queue.push(self.execution.clone());
    }

    fn write_memory(&self, appender: &mut Appender) {
        let memory = std::mem::take(&mut self.execution.kept().memory);
        if let Err(error) = appender.append(&self.spool, &self.execution, &memory) {
            tracing::warn!(execution = %self.execution.id(), %error, "a recording was given up");
            self.spool.queue.count_dropped(1);
            self.execution.release();
        }
    }
}

impl Drop for ExecutionHandle {
    fn drop(&mut self) {
        self.hand_over(false);
    }
}

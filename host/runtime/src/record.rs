//! The record of one execution, from the host's side: when it is safe, and when it is whole.

use flux_host::{Ended, Running, printable};
use flux_store::ExecutionHandle;
use uuid::Uuid;

use crate::admission::Overloaded;
use crate::config::Durability;

/// An execution that did not take place, or whose record is lost.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// An execution that cannot be recorded does not act, and is not answered.
    #[error("the execution cannot be recorded: {0}")]
    NotRecorded(String),
    /// It did not begin, and nothing is recorded.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
}

/// The record of an execution that runs.
pub(crate) struct Record {
    pub id: Uuid,
    /// The route or the queue.
    pub name: String,
    /// None: nothing is recorded.
    pub handle: Option<ExecutionHandle>,
    pub durability: Durability,
}

impl Record {
    /// Returns when the answer may go out.
    pub async fn durable(&self) -> Result<(), NotRun> {
        match &self.handle {
            Some(handle) => handle.durable().await.map_err(|error| NotRun::NotRecorded(error.to_string())),
            None => Ok(()),
        }
    }

    /// The execution is over. `answered` says that its answer is in the journal, whatever became of the end.
    pub async fn ended(self, ended: &Ended, answered: bool) -> Result<(), NotRun> {
        if self.handle.is_some() && !ended.recorded && !answered {
            return Err(NotRun::NotRecorded("the end of its journal could not be written".to_owned()));
        }
        self.durable().await?;
        self.report(ended);
        self.finish(ended.recorded);
        Ok(())
    }

    /// What the guest does after its answer, until it is over.
    pub async fn tail(self, running: Running<'static>) {
        let ended = running.await;
        self.report(&ended);
        if let Err(error) = self.durable().await {
            tracing::error!("the tail of {}: {error}", self.id);
        }
        self.finish(ended.recorded);
    }

    fn report(&self, ended: &Ended) {
        let Self { id, name, .. } = self;
        if let Some(tail) = &ended.tail {
            let (kind, message) = (tail.kind.name(), printable(&tail.message));
            let hint = format!("flux trace {id}");
            tracing::error!(hint, "{name} failed after it had answered ({kind}): {message}");
        }
        if self.handle.is_some() && !ended.recorded {
            let hint = format!("flux trace {id}");
            tracing::error!(hint, "{name}: the end of its journal could not be written");
        }
    }

    fn finish(self, whole: bool) {
        // Dropped, a record without an end is kept as it is.
        let Some(handle) = self.handle.filter(|_| whole) else {
            return;
        };
        match self.durability {
            // Writes what was kept in memory, beside the response.
            Durability::Relaxed => drop(tokio::spawn(async move { handle.finish() })),
            Durability::Process | Durability::Power => handle.finish(),
        }
    }
}

//! Lists of executions, executions as they end, and one execution by a part of its id.

use std::sync::Arc;

use flux_api::Execution;
use flux_store::{Selection, Summary};
use uuid::Uuid;

use super::{OperationError, Operations, at};
use crate::follow::Follower;
use crate::target::Target;
use crate::walk::Query;

/// How many executions an ambiguous id lists.
const LISTED: u32 = 8;

impl Operations {
    /// A question about the executions of a selection, of one guest where one is named.
    pub async fn query(&self, selection: Selection, guest: Option<&str>) -> Result<Query, OperationError> {
        let target = match guest {
            Some(name) => Some(Arc::new(Target::named(&self.project, self.archive().await?, name).await?)),
            None => None,
        };
        Ok(Query { selection, target })
    }

    /// Executions, newest first, with those that still run.
    pub async fn executions(&self, query: &Query) -> Result<Vec<Execution>, OperationError> {
        let found = self.archive().await?.list(query).await?;
        Ok(found.iter().map(execution).collect())
    }

    /// Executions as they end, from now on.
    pub async fn follow(&self, query: Query) -> Result<Following, OperationError> {
        Ok(Following { follower: Follower::begin(&self.project).await?, query })
    }

    /// The execution whose id begins or ends with `text`.
    pub async fn find(&self, text: &str) -> Result<Uuid, OperationError> {
        let archive = self.archive().await?;
        let found = archive.find(text, LISTED).await?;
        match found.as_slice() {
            [] => Err(OperationError::NoExecution(text.to_owned())),
            [id] => Ok(*id),
            several => {
                let mut lines = Vec::new();
                for id in several {
                    let summary = archive.summary(*id).await?;
                    let what = summary.map(|it| format!("  {}  {} {}", at(it.started_ns), it.kind, it.name));
                    lines.push(
                        flux_host::printable(&format!("{id}{}", what.unwrap_or_default())).into_owned(),
                    );
                }
                Err(OperationError::Ambiguous { text: text.to_owned(), what: "executions", found: lines })
            }
        }
    }

    /// The journal of an execution, by a part of its id.
    pub async fn journal(&self, text: &str) -> Result<(Uuid, Vec<u8>), OperationError> {
        let id = self.find(text).await?;
        let journal = self.archive().await?.journal(id).await?;
        Ok((id, journal.ok_or(OperationError::Gone(id))?))
    }
}

/// Shows executions as they end, each once.
#[derive(Debug)]
pub struct Following {
    follower: Follower,
    query: Query,
}

impl Following {
    /// Says that an execution, which has ended, was shown.
    pub fn skip(&mut self, execution: &Execution) {
        if let Ok(id) = execution.id.parse() {
            self.follower.skip(id);
        }
    }

    /// Those that ended since the last look.
    pub async fn look(&mut self) -> Result<Vec<Execution>, OperationError> {
        let mut found = self.follower.look(&self.query.selection).await?;
        found.retain(|summary| self.query.concerns(summary));
        Ok(found.iter().map(execution).collect())
    }
}

fn execution(summary: &Summary) -> Execution {
    Execution {
        id: summary.id.to_string(),
        parent: summary.parent.map(|parent| parent.to_string()),
        kind: summary.kind.clone(),
        name: summary.name.clone(),
        guest: summary.guest.to_string(),
        started: at(summary.started_ns),
        elapsed_ns: summary.elapsed_ns,
        outcome: summary.outcome.clone(),
        status: summary.status,
        failed: summary.failed,
        calls: summary.calls,
        journal_bytes: summary.journal_len,
    }
}

//! One execution's bytes, kept for the shipper.

use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::layout::{FINISHED, SHIPPED};
use super::run::Run;

/// What the spool has of one execution.
#[derive(Debug)]
pub(crate) struct Execution {
    id: Uuid,
    kept: Mutex<Kept>,
}

/// The first run stands apart: most executions have no other, and need no list then.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) first: Option<Run>,
    more: Vec<Run>,
    /// Durability `relaxed`, until it is finished.
    pub(super) memory: Vec<u8>,
}

impl Kept {
    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.first.iter().chain(&self.more)
    }
}

impl Execution {
    /// An execution with the runs that a scan found.
    pub(super) fn with_runs(id: Uuid, runs: Vec<Run>) -> Self {
        let execution = Self { id, kept: Mutex::default() };
        runs.iter().for_each(|run| execution.add(run));
        execution
    }

    /// Whose bytes these are.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// A copy of everything that was appended.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.kept().runs().for_each(|run| run.read(&mut bytes));
        bytes
    }

    /// The record store has it, or it was given up: its segments may go.
    pub fn release(&self) {
        let Kept { first, more, .. } = std::mem::take(&mut *self.kept());
        release(first.iter().chain(&more));
    }

    /// Forgets the execution, but not its bytes: its segments stay for the next process.
    pub fn leave(&self) {
        *self.kept() = Kept::default();
    }

    /// Puts other runs, with the same bytes, in the place of its runs.
    pub(super) fn move_to(&self, moved: Run) {
        moved.segment().expect();
        moved.set_state(FINISHED);
        let old = std::mem::replace(&mut *self.kept(), Kept { first: Some(moved), ..Kept::default() });
        release(old.runs());
    }

    /// One run more.
    pub(super) fn add(&self, run: &Run) {
        run.segment().expect();
        let mut kept = self.kept();
        if kept.first.is_none() {
            kept.first = Some(run.clone());
        } else {
            kept.more.push(run.clone());
        }
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn release<'a>(runs: impl Iterator<Item = &'a Run>) {
    // From the first on: a crash in between leaves runs without a first one, which recovery drops.
    for run in runs {
        run.set_state(SHIPPED);
        run.segment().release();
    }
}

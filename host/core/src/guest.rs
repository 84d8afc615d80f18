//! A loaded program, on either engine.

use std::future::Future;
use std::pin::Pin;

use flux_recorder::{Digest, End, FailureKind, Outcome, REFUSED, TailFailure};

use crate::execution::Execution;
use crate::handler::{Handler, Input, Output};

/// An execution that ended.
#[derive(Debug)]
pub struct Ended {
    /// What the handler gave back; none where it gave nothing.
    pub output: Option<Output>,
    /// How it ended, as the journal has it.
    pub end: End,
    /// How the guest failed after its answer had gone out.
    pub tail: Option<TailFailure>,
    /// Whether the end is in the journal. An execution whose end is not may not be answered.
    pub recorded: bool,
}

impl Ended {
    /// The end of an execution, which goes into its journal, after what its guest left open was given
    /// back. `peak_memory` is in bytes.
    pub async fn of(
        mut execution: Execution,
        output: Option<Output>,
        outcome: Outcome,
        peak_memory: u64,
    ) -> Self {
        execution.close().await;
        let mut end = End { outcome, elapsed_ns: execution.elapsed_ns(), peak_memory };
        execution.session().hide(&mut end);
        let mut tail = None;
        if let Some(answered) = execution.answered().cloned() {
            tail = failure(std::mem::replace(&mut end.outcome, answered));
        }
        if let Some(TailFailure { kind, message }) = &tail {
            // A journal that does not take the mark does not take the end either.
            execution.session().tail_failed(*kind, message).ok();
        }
        let output = output.or_else(|| execution.take_output());
        if let Some(Output::Refused(why)) = &output {
            execution.mark(REFUSED, &why.to_string()).ok();
        }
        let recorded = execution.session().end(end.clone()).is_ok();
        Self { output, end, tail, recorded }
    }

    /// An execution that was answered and goes on: nobody waits for its end.
    pub fn answered(output: Output, elapsed_ns: u64) -> Self {
        let end = End { outcome: output.outcome(), elapsed_ns, peak_memory: 0 };
        Self { output: Some(output), end, tail: None, recorded: true }
    }

    /// The end of an execution that the engine has lost: its journal has none.
    pub fn lost(message: &str) -> Self {
        let (kind, message) = (FailureKind::Host, message.to_owned());
        let outcome = Outcome::Failed { kind, message, backtrace: Vec::new() };
        let end = End { outcome, elapsed_ns: 0, peak_memory: 0 };
        Self { output: None, end, tail: None, recorded: false }
    }
}

fn failure(outcome: Outcome) -> Option<TailFailure> {
    match outcome {
        Outcome::Returned(_) => None,
        Outcome::Failed { kind, message, .. } => Some(TailFailure { kind, message }),
    }
}

/// A future that an engine runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;
/// A future that makes a fresh instance.
pub type Starting<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;

/// A loaded program.
pub trait Guest: Send + Sync {
    /// The name of its bytes.
    fn digest(&self) -> Digest;
    /// The handlers it exports.
    fn handlers(&self) -> &[Handler];
    /// The engine that runs it, such as `wasmtime 48`.
    fn engine(&self) -> &'static str;
    /// Whether its headers are bytes, as those of `wasi:http` are, and not text.
    fn takes_bytes(&self) -> bool {
        false
    }
    /// Makes a fresh instance and calls nothing: what an execution waits for before its handler runs.
    fn start(&self, execution: Execution) -> Starting<'_>;
    /// Runs one handler in a fresh instance, to its end. A guest can fail in any way; the host goes on.
    fn call(&self, input: Input, execution: Execution) -> Running<'_>;
}

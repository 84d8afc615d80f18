//! A bundle that is ready to run: an isolate of its own for every execution, and the loop between the
//! guest's turns and the host's answers.

use flux_host::{
    Ended, Execution, Guest, Handler, HostFault, Input, Panic, Running, Starting, caught, outcome_of,
};
use flux_recorder::{Digest, FailureKind, Outcome};

use crate::isolate::{Paused, Resume};
use crate::pool::Pool;
use crate::turn::End;
use crate::waiting::Waiting;

/// The name in journals.
const NAME: &str = "v8 150";

/// A bundle, started once and kept as a snapshot.
#[derive(Debug)]
pub struct V8Guest {
    digest: Digest,
    handlers: Vec<Handler>,
    pool: Pool,
}

impl V8Guest {
    pub(crate) fn new(digest: Digest, handlers: Vec<Handler>, pool: Pool) -> Self {
        Self { digest, handlers, pool }
    }
}

impl Guest for V8Guest {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn handlers(&self) -> &[Handler] {
        &self.handlers
    }

    fn engine(&self) -> &'static str {
        NAME
    }

    fn start(&self, _: Execution) -> Starting<'_> {
        Box::pin(async { self.pool.fresh().await.map(drop) })
    }

    fn call(&self, input: Input, execution: Execution) -> Running<'_> {
        Box::pin(async move {
            let mut run = Run { execution: Some(execution), peak_memory: 0 };
            let end = caught(run.run(&self.pool, input)).await;
            match run.execution {
                Some(mut execution) => {
                    let (output, outcome) = ended(end, &mut execution);
                    Ended::of(execution, output, outcome, run.peak_memory)
                }
                None => Ended::lost("the thread of its isolate has ended"),
            }
        })
    }
}

/// What the journal says of an end.
fn ended(end: wasmtime::Result<End>, execution: &mut Execution) -> (Option<flux_host::Output>, Outcome) {
    let result = match end {
        Ok(End::Returned(output)) => output.within(execution.limits()),
        Ok(End::Threw(Panic { message, frames })) => {
            return (None, Outcome::Failed { kind: FailureKind::Trap, message, backtrace: frames });
        }
        Ok(End::Stopped(error)) | Err(error) => Err(error),
    };
    match result {
        Ok(output) => {
            let outcome = output.outcome();
            (Some(output), outcome)
        }
        Err(error) => {
            let (kind, message) =
                outcome_of(&error).unwrap_or_else(|| (FailureKind::Trap, error.to_string()));
            (None, Outcome::Failed { kind, message, backtrace: Vec::new() })
        }
    }
}

/// An execution, wherever it is, from begin to end.
struct Run {
    // None: the guest has it.
    execution: Option<Execution>,
    peak_memory: u64,
}

impl Run {
    async fn run(&mut self, pool: &Pool, input: Input) -> wasmtime::Result<End> {
        let (mut isolate, _permit) = pool.take().await?;
        let mut waiting = Waiting::default();
        let mut resume = Resume::Begin(input);
        loop {
            let Some(execution) = self.execution.take() else {
                return Err(HostFault("the execution is not here".to_owned()).into());
            };
            let left = execution.time_left();
            let Paused { execution, calls, end, memory } = isolate.run(resume, execution, left).await?;
            let execution = self.execution.insert(execution);
            self.peak_memory = self.peak_memory.max(memory);
            if let Some(end @ (End::Stopped(_) | End::Threw(_))) = end {
                return Ok(end);
            }
            waiting.begin(execution, calls)?;
            if let Some(end) = end {
                waiting.finish_all(execution).await?;
                return Ok(end);
            }
            let (number, answer) = waiting.next(execution).await?;
            resume = Resume::Deliver(number, answer);
        }
    }
}

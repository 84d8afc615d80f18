//! A bundle that is ready to run: an isolate of its own for every execution, and the loop between the
//! guest's turns and the host's answers.

use flux_host::{
    Ended, Execution, Guest, Handler, HostFault, Input, Panic, Running, Starting, caught, outcome_of,
};
use flux_recorder::{Digest, FailureKind, Outcome};

use crate::calls::Call;
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
            let mut execution = execution;
            execution.serves(&input);
            let mut run = Run { execution: Some(execution), peak_memory: 0 };
            let end = caught(run.run(&self.pool, input)).await;
            match run.execution {
                Some(mut execution) => {
                    let (output, outcome) = ended(end, &mut execution);
                    Ended::of(execution, output, outcome, run.peak_memory).await
                }
                None => Ended::lost("the thread of its isolate has ended"),
            }
        })
    }
}

/// What the journal says of an end.
fn ended(end: wasmtime::Result<End>, execution: &mut Execution) -> (Option<flux_host::Output>, Outcome) {
    let result = match end {
        Ok(End::Returned(output)) => execution.checked(output).map(Some),
        Ok(End::Answered) => Ok(None),
        Ok(End::Threw(Panic { message, frames })) => {
            return (None, Outcome::Failed { kind: FailureKind::Trap, message, backtrace: frames });
        }
        Ok(End::Stopped(error)) | Err(error) => Err(error),
    };
    match result {
        Ok(output) => {
            let outcome = output.as_ref().map(flux_host::Output::outcome);
            let outcome = outcome.or_else(|| execution.answered().cloned());
            (output, outcome.unwrap_or(Outcome::Returned(Vec::new())))
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
            let Paused { execution, calls, end, memory } = isolate.run(resume, execution).await?;
            let execution = self.execution.insert(execution);
            self.peak_memory = self.peak_memory.max(memory);
            match end {
                None => waiting.begin(execution, calls)?,
                Some(End::Returned(output)) => return finish(waiting, execution, calls, output).await,
                // A guest that failed is answered at once: what is under way is given up.
                Some(end) => {
                    waiting.finish_landed(execution).ok();
                    return Ok(end);
                }
            }
            let (number, answer) = waiting.next(execution).await?;
            resume = Resume::Deliver(number, answer);
        }
    }
}

/// What follows a handler that returned: the calls that it did not wait for. The answer does not wait for them.
async fn finish(
    mut waiting: Waiting,
    execution: &mut Execution,
    calls: Vec<(u32, Call)>,
    output: flux_host::Output,
) -> wasmtime::Result<End> {
    if waiting.is_idle() && !calls.iter().any(|(_, call)| call.is_effect()) {
        return Ok(End::Returned(output));
    }
    execution.answer(output)?;
    waiting.begin(execution, calls)?;
    waiting.finish_all(execution).await?;
    Ok(End::Answered)
}

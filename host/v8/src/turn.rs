//! One turn of the guest: it has the execution from the time the host lets it run until it waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deno_core::error::JsError;
use deno_core::v8;
use deno_error::JsErrorBox;
use flux_host::bindings::exports::flux::host::{http_handler, job_handler};
use flux_host::{Execution, LimitHit, Output, Panic};

use crate::calls::Call;

/// What V8 throws where the stack is full.
const STACK_IS_FULL: &str = "RangeError: Maximum call stack size exceeded";

/// Globals that other hosts have, and what is there instead.
const INSTEAD: [(&str, &str); 12] = [
    ("Atomics", "an execution has one thread"),
    ("Buffer", "Uint8Array is there"),
    ("Bun", "the host's interfaces are in @flux-run/sdk"),
    ("Deno", "the host's interfaces are in @flux-run/sdk"),
    ("EventSource", "fetch is there"),
    ("SharedArrayBuffer", "an execution has one thread"),
    ("WebAssembly", "build the guest as a component"),
    ("WebSocket", "fetch is there"),
    ("Worker", "an execution has one thread"),
    ("XMLHttpRequest", "fetch is there"),
    ("process", "config.get and config.secret read settings"),
    ("require", "import is bundled by flux build"),
];

/// What to say of a global that a guest does not have.
fn instead_of(message: &str) -> String {
    let missing =
        |(name, _): &&(&str, &str)| message.contains(&format!("ReferenceError: {name} is not defined"));
    let found = INSTEAD.iter().find(missing);
    found.map_or_else(String::new, |(name, instead)| format!(" (a guest on Flux has no {name}: {instead})"))
}

/// What a turn ended with, where it was the last.
pub enum End {
    /// The handler returned.
    Returned(Output),
    /// It returned, and was answered before what it had begun was over.
    Answered,
    /// It threw: a bug of the guest.
    Threw(Panic),
    /// The host ended it: a limit, or a recording without an answer.
    Stopped(wasmtime::Error),
}

/// What the ops of an isolate work on.
pub struct Turn {
    isolate: v8::IsolateHandle,
    execution: Option<Execution>,
    calls: Vec<(u32, Call)>,
    // The functions of the calls that wait, by the calls' numbers.
    functions: HashMap<u32, u32>,
    end: Option<End>,
    // What the guest said on stderr, for the words of its end.
    stderr: String,
    // Whether a replay is where a limit ended its recording while the guest computed.
    at_limit: Arc<AtomicBool>,
}

impl Turn {
    /// Before the first turn.
    pub fn new(isolate: v8::IsolateHandle) -> Self {
        Self {
            isolate,
            execution: None,
            calls: Vec::new(),
            functions: HashMap::new(),
            end: None,
            stderr: String::new(),
            at_limit: Arc::default(),
        }
    }

    /// The guest's turn begins.
    pub fn begin(&mut self, mut execution: Execution, at_limit: Arc<AtomicBool>) {
        at_limit.store(execution.is_at_limit(), Ordering::Relaxed);
        self.execution = Some(execution);
        self.at_limit = at_limit;
    }

    /// It is over: the execution goes back to the host, with the calls that were begun.
    pub fn finish(&mut self) -> (Option<Execution>, Vec<(u32, Call)>, Option<End>) {
        (self.execution.take(), std::mem::take(&mut self.calls), self.end.take())
    }

    /// Ends the guest where it is, if nothing has: it does not run on to catch what is thrown.
    pub fn stop(&mut self, error: wasmtime::Error) {
        self.end.get_or_insert(End::Stopped(error));
        self.halt();
    }

    /// Again, if it has ended.
    pub fn halt(&self) {
        if matches!(self.end, Some(End::Stopped(_))) {
            self.isolate.terminate_execution();
        }
    }

    /// Uses the execution; its error ends the guest, whatever the guest makes of what is thrown here.
    pub fn with<T>(
        &mut self,
        run: impl FnOnce(&mut Execution) -> wasmtime::Result<T>,
    ) -> Result<T, JsErrorBox> {
        let Some(execution) = self.execution.as_mut().filter(|_| self.end.is_none()) else {
            return Err(JsErrorBox::generic(
                "the host was called while no handler runs: call it in a handler",
            ));
        };
        let ran = run(execution);
        self.at_limit.store(execution.is_at_limit(), Ordering::Relaxed);
        ran.map_err(|error| {
            let thrown = JsErrorBox::generic(error.to_string());
            self.stop(error);
            thrown
        })
    }

    /// A call of a function that waits, under its number.
    pub fn call(&mut self, number: u32, function: u32, call: Call) -> Result<(), JsErrorBox> {
        self.with(|_| Ok(()))?;
        self.calls.push((number, call));
        self.functions.insert(number, function);
        Ok(())
    }

    /// The function of a call that has its answer.
    pub fn answers(&mut self, number: u32) -> Option<u32> {
        self.functions.remove(&number)
    }

    /// Writes to stderr.
    pub fn write(&mut self, text: String) -> Result<(), JsErrorBox> {
        self.with(|it| {
            text.lines().try_for_each(|line| {
                let (level, message) = ("stderr".to_owned(), line.to_owned());
                it.output(flux_recorder::Output { level, message, fields: Vec::new() })
            })
        })?;
        self.stderr.push_str(&text);
        self.stderr.push('\n');
        Ok(())
    }

    /// The handler of `http` returned.
    pub fn answered(&mut self, response: http_handler::Response) {
        self.end.get_or_insert(End::Returned(Output::Http(response)));
    }

    /// The handler of `job` returned.
    pub fn settled(&mut self, done: Result<(), job_handler::Failure>) {
        self.end.get_or_insert(End::Returned(Output::Job(done)));
    }

    /// A handler threw. What the SDK wrote of it has the places of the user's source.
    pub fn threw(&mut self, error: &JsError) {
        let mut said = Panic::read(&self.stderr).unwrap_or_else(|| panic_of(error));
        said.message.push_str(&instead_of(&said.message));
        let end = match said.message.contains(STACK_IS_FULL) {
            true => End::Stopped(LimitHit::Stack.into()),
            false => End::Threw(said),
        };
        self.end.get_or_insert(end);
    }
}

/// What the engine says of what was thrown.
pub fn panic_of(error: &JsError) -> Panic {
    let said = || error.exception_message.replacen("Uncaught ", "", 1).replacen("(in promise) ", "", 1);
    let stack = error.stack.clone().unwrap_or_default();
    // Not the engine's own frames.
    let is_own = |line: &&str| !line.contains("ext:");
    let stack = stack.lines().filter(is_own).collect::<Vec<_>>().join("\n");
    Panic::read(&stack).unwrap_or_else(|| Panic { message: said(), frames: Vec::new() })
}

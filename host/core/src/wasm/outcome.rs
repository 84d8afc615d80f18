//! From a trap to a named outcome with the guest's frames.

use flux_recorder::{FailureKind, Outcome};
use wasmtime::{ThrownException, Trap, WasmBacktrace};

use crate::fault::HostFault;
use crate::limits::{ARGUMENTS, outcome_of};
use crate::panic::Panic;
use crate::wasm::state::State;

/// What an error that ended a guest means.
pub(crate) fn failed(error: &wasmtime::Error, state: &State) -> Outcome {
    let (kind, message) = name(error, state);
    let own_words = if kind == FailureKind::Trap && ended_itself(error) { panic_of(state) } else { None };
    match own_words {
        None => Outcome::Failed { kind, message, backtrace: frames(error) },
        // The engine's frames of an interpreter are of no use beside the language's own.
        Some(Panic { message, frames: own }) => {
            let backtrace = if own.is_empty() { frames(error) } else { own };
            Outcome::Failed { kind, message, backtrace }
        }
    }
}

/// An instance could not be made because it begins with more than the limits allow.
#[derive(Debug, thiserror::Error)]
#[error("its instance begins with more than its limits allow")]
struct Refused;

/// Whose fault it is that there is no instance: before the guest's own code runs, it is the host's.
pub(crate) fn at_start(error: wasmtime::Error, state: &State) -> wasmtime::Error {
    let guests = error.is::<Trap>()
        || error.is::<ThrownException>()
        || error.is::<wasmtime_wasi::I32Exit>()
        || error.is::<WasmBacktrace>();
    if guests || outcome_of(&error).is_some() {
        return error;
    }
    match &state.limiter.refused {
        Some(_) => error.context(Refused),
        None => HostFault(format!("the host could not make an instance: {}", error.root_cause())).into(),
    }
}

fn name(error: &wasmtime::Error, state: &State) -> (FailureKind, String) {
    if let Some(named) = outcome_of(error) {
        return named;
    }
    if error.is::<ThrownException>() {
        return (FailureKind::Trap, "it threw an exception that nothing caught".to_owned());
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return (FailureKind::Trap, format!("it called exit({})", exit.0));
    }
    if error.is::<Refused>()
        && let Some(asked) = &state.limiter.refused
    {
        return (FailureKind::MemoryLimit, asked.clone());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => (FailureKind::StackLimit, "its stack is full".to_owned()),
        Some(trap) => match &state.limiter.refused {
            Some(asked) => (FailureKind::MemoryLimit, asked.clone()),
            None => (FailureKind::Trap, trap.to_string()),
        },
        None if error.root_cause().to_string().contains("MemoryOutputPipe") => {
            (FailureKind::OutputLimit, "it wrote more to stdout or stderr than its limit".to_owned())
        }
        // wasmtime has no type for it.
        None if error.root_cause().to_string().contains("fuel allocated for hostcalls") => {
            (FailureKind::OutputLimit, format!("the arguments of one call are longer than {ARGUMENTS} bytes"))
        }
        None => (FailureKind::Trap, error.root_cause().to_string()),
    }
}

/// Rust traps after a panic, Go exits; so do the interpreters after an exception.
fn ended_itself(error: &wasmtime::Error) -> bool {
    let exited = error.downcast_ref::<wasmtime_wasi::I32Exit>().is_some_and(|exit| exit.0 != 0);
    exited || error.is::<Trap>() || error.is::<ThrownException>()
}

fn panic_of(state: &State) -> Option<Panic> {
    let written = state.written();
    let (_, stderr) = written.into_iter().find(|(stream, _)| *stream == "stderr")?;
    Panic::read(&stderr)
}

/// The guest's frames, innermost first, with names and, where there is debug info, file and line.
fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for frame in backtrace.frames() {
        let raw = frame.func_name().map_or_else(|| format!("function {}", frame.func_index()), demangle);
        if frame.symbols().is_empty() {
            lines.push(raw);
            continue;
        }
        for symbol in frame.symbols() {
            let name = symbol.name().map_or_else(|| raw.clone(), demangle);
            lines.push(match (symbol.file(), symbol.line()) {
                (Some(file), Some(line)) => format!("{name} at {file}:{line}"),
                _ => name,
            });
        }
    }
    lines
}

fn demangle(name: &str) -> String {
    // Names from debug info come demangled; those of the name section need not be.
    format!("{:#}", rustc_demangle::demangle(name))
}

//! What one execution may use. Hitting a limit is an outcome in the record.

use flux_recorder::{FailureKind, Stop};

use crate::text::count;

/// The longest arguments of one call, in bytes: they are copied before anybody looks at them.
pub(crate) const ARGUMENTS: usize = 128 << 20;

/// The limits of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From begin to end, in milliseconds, waiting included.
    pub time_ms: u64,
    /// Linear memory, in bytes; and as much again for bodies that the host holds for `wasi:http`.
    pub memory: usize,
    /// Elements of all tables.
    pub table_elements: usize,
    /// Calls to the host.
    pub calls: u64,
    /// A response's body, in bytes.
    pub response: usize,
    /// Log lines, stdout and stderr together, in bytes.
    pub output: usize,
    /// What the guest may bring into its journal, in bytes.
    pub journal: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_ms: 30_000,
            memory: 256 << 20,
            table_elements: 100_000,
            calls: 100_000,
            response: 16 << 20,
            output: 1 << 20,
            journal: 64 << 20,
        }
    }
}

/// A limit that was hit: the error that ends a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitHit {
    /// See [`Limits::time_ms`].
    #[error("it ran longer than {0} ms")]
    Time(u64),
    /// See [`Limits::calls`].
    #[error("it made more than {} to the host", count(*.0, "call"))]
    Calls(u64),
    /// See [`Limits::response`].
    #[error("its response is longer than {}", count(*.0, "byte"))]
    Response(usize),
    /// See [`Limits::output`].
    #[error("it wrote more than {} of log lines, stdout and stderr", count(*.0, "byte"))]
    Output(usize),
    /// [`Limits::memory`], for what the host holds beside it.
    #[error("the bodies of its requests and responses hold more than {}", count(*.0, "byte"))]
    Bodies(usize),
    /// [`Limits::memory`], for random bytes of one call.
    #[error("it asked for random bytes in one call that are more than its memory of {}", count(*.0, "byte"))]
    Random(usize),
    /// [`Limits::memory`], of a heap that the engine manages.
    #[error("its heap is larger than {}", count(*.0, "byte"))]
    Heap(usize),
    /// The stack of its calls.
    #[error("its stack is full")]
    Stack,
}

impl LimitHit {
    /// The outcome's kind.
    pub fn kind(self) -> FailureKind {
        match self {
            Self::Time(_) => FailureKind::TimeLimit,
            Self::Calls(_) => FailureKind::CallLimit,
            Self::Response(_) | Self::Output(_) => FailureKind::OutputLimit,
            Self::Bodies(_) | Self::Random(_) | Self::Heap(_) => FailureKind::MemoryLimit,
            Self::Stack => FailureKind::StackLimit,
        }
    }
}

/// What an error of the host's own that ended a guest means, on every engine: a limit, or a stopped session.
pub fn outcome_of(error: &wasmtime::Error) -> Option<(FailureKind, String)> {
    if let Some(hit) = error.downcast_ref::<LimitHit>() {
        return Some((hit.kind(), hit.to_string()));
    }
    if let Some(fault) = crate::fault::of_host(error) {
        return Some((FailureKind::Host, fault));
    }
    let stop = error.downcast_ref::<Stop>()?;
    let kind = match stop {
        Stop::Blocked(_) => FailureKind::Blocked,
        Stop::Limit(kind, _) => *kind,
        Stop::Journal(_) | Stop::Recorded { .. } => FailureKind::Host,
    };
    Some((kind, stop.to_string()))
}

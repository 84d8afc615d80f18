//! What answers a session in a replay, in the place of the world.

use std::borrow::Cow;

use crate::event::{End, Outcome, Output};
use crate::recording::TailFailure;
use crate::stop::Stop;

/// What an ambient stream gives once its recorded values were all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// A clock goes on, a microsecond a reading.
    Ticks,
    /// An input stays as it was read last.
    Stays,
}

/// Where a guest is that does nothing that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause<'a> {
    /// It is about to wait: it sleeps, or polls.
    Waiting,
    /// It computes, and has called nothing for a while.
    Computing,
    /// It can do nothing but wait for the answer of a call that has none in the recording.
    Unanswered(&'a str),
}

/// What a replay is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The answer went out, and the guest goes on.
    Answered(Outcome),
    /// What the guest did after its answer failed.
    TailFailed(TailFailure),
    /// The guest is over, and the host gives back what it left open.
    Closes,
    /// The execution ended.
    Ended(End),
}

/// What a session says in a replay, in the place of the world: the crate `flux-replay` has it from a
/// recording.
pub trait Answers: Send {
    /// The recorded result of a call, in canonical form; none where the recording has the call and no
    /// answer to it.
    fn call(&mut self, function: &'static str, args: &[u8]) -> Result<Option<&[u8]>, Stop>;

    /// The next value of an ambient stream, in canonical form; none if it was never recorded.
    fn ambient(&mut self, stream: &str, beyond: Beyond) -> Result<Option<Cow<'_, [u8]>>, Stop>;

    /// Why the guest stops here, if the recording ended here.
    fn ends_here(&self, pause: Pause<'_>) -> Option<Stop>;

    /// A line of the guest's output.
    fn output(&mut self, output: Output) -> Result<(), Stop>;

    /// Something that is no call.
    fn happened(&mut self, what: Happened);
}

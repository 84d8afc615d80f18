//! One execution's view of the boundary: live, recording or replaying.
//!
//! No IO, no clock, no async. The host asks [`Session::begin`] before every effect; the answer is
//! either [`Step::Execute`], and the host acts and calls [`Session::finish`], or [`Step::Return`],
//! the recorded result. A session that was stopped stays stopped.

use std::sync::Arc;

use crate::answers::{Answers, Beyond, Happened, Pause};
use crate::canonical::{Decode, Encode};
use crate::event::{Begin, End, FailureKind, Outcome, Output};
use crate::journal::{AppendError, Journal};
use crate::recording::{During, LimitAt, Recording, SECRETS, TailFailure, hand, marks};
use crate::redact::Redact;
use crate::stand_in::Tags;
use crate::stop::Stop;
use crate::streams::Streams;
use crate::value::Value;
use crate::writer::JournalWriter;

/// A begun effect: hand it back to [`Session::finish`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an effect that is executed must be finished"]
pub struct Ticket {
    seq: u64,
    function: &'static str,
    // The arguments as they were written, where the policy looks at them again with the result.
    args: Value,
}

/// What to do with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<R> {
    /// Act, then finish.
    Execute(Ticket),
    /// The recorded result: do not act.
    Return(R),
    /// The recording has this call, and ended before its answer came. Whoever can only wait for the
    /// answer asks [`Session::unanswered`] why the guest stops here.
    Unanswered,
}

enum Mode {
    Live,
    Record(Box<JournalWriter>),
    Replay { answers: Box<dyn Answers>, minor: u8, tags: Option<Tags> },
}

/// See the [module](self).
pub struct Session {
    mode: Mode,
    streams: Streams,
    next_seq: u64,
    stopped: Option<Stop>,
    // Effects that return after the end are not part of the journal: nothing follows 'end'.
    ended: bool,
    closing: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("next_seq", &self.next_seq).field("stopped", &self.stopped).finish()
    }
}

impl Session {
    fn new(mode: Mode, seed: [u8; 32]) -> Self {
        let streams = Streams::new(seed);
        Self { mode, streams, next_seq: 0, stopped: None, ended: false, closing: false }
    }

    /// Records nothing: what recording is measured against.
    pub fn live(seed: [u8; 32]) -> Self {
        Self::new(Mode::Live, seed)
    }

    /// Records to `journal`, beginning with `begin`.
    pub fn record(begin: Begin, journal: Box<dyn Journal>, redact: Arc<dyn Redact>) -> Result<Self, Stop> {
        let seed = begin.seed;
        let writer = JournalWriter::begin(begin, journal, redact)?;
        Ok(Self::new(Mode::Record(Box::new(writer)), seed))
    }

    /// Bounds what the guest may bring into the journal, in bytes. Its input, its answer and its end do
    /// not count: they have bounds of their own.
    pub fn limit_journal(&mut self, most: usize) {
        if let Mode::Record(writer) = &mut self.mode {
            writer.limit(most);
        }
    }

    /// Asks `answers`, which has them from this recording, in the place of the world.
    pub fn replay(answers: Box<dyn Answers>, recording: &Recording) -> Self {
        let tags = recording.tags().cloned();
        Self::new(Mode::Replay { answers, minor: recording.minor, tags }, recording.begin.seed)
    }

    /// Whether calls are answered from a recording.
    pub fn is_replay(&self) -> bool {
        matches!(self.mode, Mode::Replay { .. })
    }

    /// Whether the journal has the rollback of a transaction that the guest merely dropped. A recording
    /// of format 1.0 has not.
    pub fn has_implicit_rollbacks(&self) -> bool {
        match &self.mode {
            Mode::Live | Mode::Record(_) => true,
            Mode::Replay { minor, .. } => *minor > 0,
        }
    }

    /// How many effects were begun.
    pub fn calls(&self) -> u64 {
        self.next_seq
    }

    /// Why the session was stopped.
    pub fn stopped(&self) -> Option<&Stop> {
        self.stopped.as_ref()
    }

    /// Begins an effect. `function` is interface and function, such as `kv.bucket.get`.
    pub fn begin<R: Decode>(&mut self, function: &'static str, args: &impl Encode) -> Result<Step<R>, Stop> {
        self.check()?;
        let seq = self.next_seq;
        self.next_seq += 1;
        match &mut self.mode {
            Mode::Live => Ok(Step::Execute(Ticket { seq, function, args: Value::Unit })),
            Mode::Record(writer) => {
                let written = writer.call(seq, function, args);
                self.noting(written).map(|args| Step::Execute(Ticket { seq, function, args }))
            }
            Mode::Replay { answers, tags, .. } => {
                let answered = answers.call(function, &args.to_canonical()).and_then(|answer| match answer {
                    Some(result) => read(tags.as_ref(), function, result).map(Step::Return),
                    None => Ok(Step::Unanswered),
                });
                answered.or_else(|stop| self.stop(stop))
            }
        }
    }

    /// Why a guest stops that can do nothing but wait for a call without an answer.
    pub fn unanswered(&mut self, function: &str) -> Stop {
        let ends = match &self.mode {
            Mode::Replay { answers, .. } => answers.ends_here(Pause::Unanswered(function)),
            Mode::Live | Mode::Record(_) => None,
        };
        let stop = ends.unwrap_or_else(|| Stop::Blocked(format!("the outcome of {function} is unknown")));
        self.stopped.get_or_insert(stop).clone()
    }

    /// Gives up an effect: its outcome stays unknown, and the journal says so.
    pub fn abandon(&mut self, ticket: Ticket) -> Result<(), Stop> {
        self.mark(marks::ABANDONED, &format!("{} (call {})", ticket.function, ticket.seq))
    }

    /// The guest is about to wait. A recording needs no event for that; a replay errs where a limit
    /// ended the recording while it waited here.
    pub fn wait(&mut self) -> Result<(), Stop> {
        self.pause(Pause::Waiting)
    }

    /// The guest computes. Engines say so from time to time; a replay errs where a limit ended the
    /// recording while it computed here.
    pub fn tick(&mut self) -> Result<(), Stop> {
        self.pause(Pause::Computing)
    }

    /// Whether [`tick`](Self::tick) would err: for an engine that has to end its guest first.
    pub fn is_at_limit(&self) -> bool {
        matches!(&self.mode, Mode::Replay { answers, .. } if answers.ends_here(Pause::Computing).is_some())
    }

    /// The guest is over, and the host gives back what it left open: limits hold no longer.
    pub fn close(&mut self) {
        self.closing = true;
        match &mut self.mode {
            Mode::Live => {}
            Mode::Record(writer) => writer.limit(usize::MAX),
            Mode::Replay { answers, .. } => answers.happened(Happened::Closes),
        }
    }

    fn pause(&mut self, pause: Pause<'_>) -> Result<(), Stop> {
        self.check()?;
        let Mode::Replay { answers, .. } = &self.mode else {
            return Ok(());
        };
        match answers.ends_here(pause) {
            Some(stop) => self.stop(stop),
            None => Ok(()),
        }
    }

    /// A limit ends the execution: where it was hit is in the journal.
    pub fn limit(&mut self, kind: FailureKind, during: During) -> Result<(), Stop> {
        self.mark(marks::LIMIT, &LimitAt::text(kind, during))
    }

    /// The answer goes out now, and the guest goes on: what it does from here on is its tail. Only a
    /// result is an answer.
    pub fn respond(&mut self, outcome: &Outcome) -> Result<(), Stop> {
        self.writable()?;
        match &mut self.mode {
            Mode::Live => Ok(()),
            Mode::Record(writer) => {
                let written = writer.answer(outcome);
                self.noting(written)
            }
            Mode::Replay { answers, .. } => {
                answers.happened(Happened::Answered(outcome.clone()));
                Ok(())
            }
        }
    }

    /// What the guest did after its answer failed. The answer stays what it is.
    pub fn tail_failed(&mut self, kind: FailureKind, message: &str) -> Result<(), Stop> {
        match &mut self.mode {
            Mode::Live => Ok(()),
            Mode::Record(_) => self.mark(marks::TAIL, &TailFailure::text(kind, message)),
            Mode::Replay { answers, .. } => {
                let message = message.to_owned();
                answers.happened(Happened::TailFailed(TailFailure { kind, message }));
                Ok(())
            }
        }
    }

    /// Ends an effect with its result, `elapsed_ns` after it began.
    pub fn finish(&mut self, ticket: Ticket, result: &impl Encode, elapsed_ns: u64) -> Result<(), Stop> {
        self.check()?;
        let Mode::Record(writer) = &mut self.mode else {
            return Ok(());
        };
        let written = writer.result(ticket.seq, ticket.function, &ticket.args, result, elapsed_ns);
        self.noting(written)
    }

    /// A reading of a clock, in nanoseconds. Readings beyond the recorded ones go on from the last,
    /// a microsecond each.
    pub fn clock(&mut self, stream: &'static str, live: impl FnOnce() -> u64) -> Result<u64, Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(live()),
            Mode::Record(writer) => {
                let reading = live();
                let written = writer.ambient(stream, &reading);
                self.noting(written).map(|()| reading)
            }
            Mode::Replay { answers, tags, .. } => {
                let reading = answers.ambient(stream, Beyond::Ticks);
                let reading =
                    reading.and_then(|bytes| read(tags.as_ref(), stream, &bytes.unwrap_or_default()));
                reading.or_else(|stop| self.stop(stop))
            }
        }
    }

    /// An input that carries no intent, such as a configuration value, by its name. In a replay it
    /// is what it was; none if it was never read.
    pub fn input<T: Encode + Decode>(
        &mut self,
        name: &str,
        live: impl FnOnce() -> T,
    ) -> Result<Option<T>, Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(Some(live())),
            Mode::Record(writer) => {
                let value = live();
                let written = writer.input(name, &value);
                self.noting(written).map(|()| Some(value))
            }
            Mode::Replay { answers, tags, .. } => {
                let value = answers.ambient(name, Beyond::Stays);
                let value =
                    value.and_then(|bytes| bytes.map(|bytes| read(tags.as_ref(), name, &bytes)).transpose());
                value.or_else(|stop| self.stop(stop))
            }
        }
    }

    /// A secret, by name. The journal has its [reference](crate::stand_in), here and wherever its value is
    /// passed on, and a replay hands the guest the reference instead of the value.
    pub fn secret(
        &mut self,
        name: &str,
        live: impl FnOnce() -> Option<String>,
    ) -> Result<Option<String>, Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(live()),
            Mode::Record(writer) => {
                let value = live();
                let written = writer.secret(name, value.as_deref());
                self.noting(written).map(|()| value)
            }
            Mode::Replay { .. } => {
                let none = || None::<String>;
                Ok(self.input(&format!("{SECRETS}{name}"), none)?.flatten())
            }
        }
    }

    /// Makes known a secret that the guest does not hold but passes on by its reference: wherever its
    /// value comes back, the journal has the reference.
    pub fn reveal(&mut self, name: &str, value: &str) {
        if let Mode::Record(writer) = &mut self.mode {
            writer.reveal(name, value);
        }
    }

    /// Fills `bytes` with what comes next in a stream of random bytes.
    pub fn random(&mut self, stream: &'static str, bytes: &mut [u8]) {
        self.streams.fill(stream, bytes);
    }

    /// A line of output.
    pub fn output(&mut self, output: Output) -> Result<(), Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(()),
            Mode::Record(writer) => {
                let written = writer.output(output);
                self.noting(written)
            }
            Mode::Replay { answers, .. } => answers.output(output).or_else(|stop| self.stop(stop)),
        }
    }

    /// Notes what the host did: a limit that was hit, a policy that was applied.
    pub fn mark(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        if !matches!(self.mode, Mode::Record(_)) {
            return Ok(());
        }
        self.writable()?;
        let Mode::Record(writer) = &mut self.mode else { return Ok(()) };
        let written = writer.mark(name, value);
        self.noting(written)
    }

    /// Takes what must not be written out of a failure, for whoever tells of it elsewhere: a log is written
    /// too.
    pub fn hide(&mut self, end: &mut End) {
        if let (Mode::Record(writer), Outcome::Failed { .. }) = (&mut self.mode, &end.outcome) {
            writer.hide(end);
        }
    }

    /// Ends the execution, even if it was stopped. A journal that failed gets no end: what it took of the
    /// failed append is unknown.
    pub fn end(&mut self, end: End) -> Result<(), Stop> {
        let writable = self.writable();
        match &mut self.mode {
            Mode::Live => Ok(()),
            Mode::Record(writer) => {
                writable?;
                let written = writer.end(end);
                self.ended = written.is_ok();
                self.noting(written)
            }
            Mode::Replay { answers, .. } => {
                answers.happened(Happened::Ended(end));
                Ok(())
            }
        }
    }

    fn stop<T>(&mut self, stop: Stop) -> Result<T, Stop> {
        self.noting(Err(stop))
    }

    /// Passes on what was done, and stops where it could not be.
    fn noting<T>(&mut self, done: Result<T, Stop>) -> Result<T, Stop> {
        done.inspect_err(|stop| self.stopped = Some(stop.clone()))
    }

    fn check(&self) -> Result<(), Stop> {
        match &self.stopped {
            Some(stop) if !self.closing => Err(stop.clone()),
            _ => self.writable(),
        }
    }

    /// Whether the journal takes what the host says of an end: also of one that a limit brought about.
    fn writable(&self) -> Result<(), Stop> {
        match &self.stopped {
            Some(stop) if !matches!(stop, Stop::Limit(..)) => Err(stop.clone()),
            Some(_) => Ok(()),
            None if self.ended => Err(Stop::Journal(AppendError("the execution has ended".to_owned()))),
            None => Ok(()),
        }
    }
}

fn read<T: Decode>(tags: Option<&Tags>, name: &str, bytes: &[u8]) -> Result<T, Stop> {
    hand(tags, bytes).map_err(|source| Stop::Recorded { function: name.to_owned(), source })
}

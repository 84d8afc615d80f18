//! One execution's view of the boundary: live, recording or replaying.
//!
//! No IO, no clock, no async. The host asks [`Session::begin`] before every effect; the answer is
//! either [`Step::Execute`], and the host acts and calls [`Session::finish`], or [`Step::Return`],
//! the recorded result. A session that was stopped stays stopped.

use std::sync::Arc;

use crate::canon::{Decode, DecodeError, Encode};
use crate::event::{Begin, End, Event, Outcome, Output, write_ambient, write_call, write_return};
use crate::format::{MAX_FRAME, write_frame, write_header};
use crate::journal::{AppendError, Journal};
use crate::recording::{Recording, SECRETS};
use crate::redact::{Hidden, Place, Redact};
use crate::replay::{Replay, Replayed, Tolerances};
use crate::stand_in::Marking;
use crate::streams::Streams;
use crate::value::Value;

/// Why a guest may not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// An execution that cannot be recorded does not act.
    #[error("the journal cannot be written: {0}")]
    Journal(AppendError),
    /// The replayed code asked for something that was never recorded.
    #[error("the recording has no answer: {0}")]
    Blocked(String),
    /// A recorded value is not of the type that the interface has.
    #[error("the recorded result of {function} cannot be read: {source}")]
    Recorded {
        /// The function.
        function: String,
        /// Why.
        source: DecodeError,
    },
}

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
}

enum Mode {
    Live,
    Record { journal: Box<dyn Journal>, redact: Arc<dyn Redact> },
    Replay(Box<Replay>),
}

/// See the [module](self).
pub struct Session {
    mode: Mode,
    streams: Streams,
    hidden: Hidden,
    buffer: Vec<u8>,
    next_seq: u64,
    stopped: Option<Stop>,
    // Effects that return after the end are not part of the journal: nothing follows 'end'.
    ended: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("next_seq", &self.next_seq).field("stopped", &self.stopped).finish()
    }
}

impl Session {
    fn new(mode: Mode, seed: [u8; 32], capacity: usize) -> Self {
        Self {
            mode,
            streams: Streams::new(seed),
            hidden: Hidden::new(Marking::of(seed)),
            buffer: Vec::with_capacity(capacity),
            next_seq: 0,
            stopped: None,
            ended: false,
        }
    }

    /// Records nothing: what recording is measured against.
    pub fn live(seed: [u8; 32]) -> Self {
        Self::new(Mode::Live, seed, 0)
    }

    /// Records to `journal`, beginning with `begin`.
    pub fn record(
        mut begin: Begin,
        journal: Box<dyn Journal>,
        redact: Arc<dyn Redact>,
    ) -> Result<Self, Stop> {
        let mut hidden = Hidden::new(Marking::of(begin.seed));
        let place = Place::Trigger(&begin.trigger.kind);
        if let Some(input) = hidden.value(&*redact, place, &begin.trigger.input) {
            begin.trigger.input = input.to_canonical();
        }
        let mut session =
            Self::new(Mode::Record { journal, redact }, begin.seed, 768 + begin.trigger.input.len());
        session.hidden = hidden;
        write_header(&mut session.buffer);
        let begin = Event::Begin(Box::new(begin));
        session.frame(|out| begin.write(out))?;
        session.flush()?;
        Ok(session)
    }

    /// Answers every call from `recording`.
    pub fn replay(recording: Arc<Recording>, tolerances: Arc<Tolerances>, redact: Arc<dyn Redact>) -> Self {
        let seed = recording.begin.seed;
        Self::new(Mode::Replay(Box::new(Replay::new(recording, tolerances, redact))), seed, 0)
    }

    /// Whether calls are answered from a recording.
    pub fn is_replay(&self) -> bool {
        matches!(self.mode, Mode::Replay(_))
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
            Mode::Record { redact, .. } => {
                let written = hide(&mut self.hidden, &**redact, Place::Arguments(function), args);
                let looked_at = |args: &Value| redact.concerns(Place::Result(function, args));
                let keep = written.as_ref().is_some_and(looked_at);
                self.frame(|out| {
                    write_call(seq, function, out, |out| match &written {
                        None => args.encode(out),
                        Some(value) => value.encode(out),
                    });
                })?;
                self.flush()?;
                let args = written.filter(|_| keep).unwrap_or(Value::Unit);
                Ok(Step::Execute(Ticket { seq, function, args }))
            }
            Mode::Replay(replay) => {
                let answered = replay.answer(function, &args.to_canonical());
                answered.map(Step::Return).or_else(|stop| self.stop(stop))
            }
        }
    }

    /// Ends an effect with its result, `elapsed_ns` after it began.
    pub fn finish(&mut self, ticket: Ticket, result: &impl Encode, elapsed_ns: u64) -> Result<(), Stop> {
        self.check()?;
        let Mode::Record { redact, .. } = &self.mode else {
            return Ok(());
        };
        let place = Place::Result(ticket.function, &ticket.args);
        let written = hide(&mut self.hidden, &**redact, place, result);
        self.frame(|out| {
            write_return(ticket.seq, elapsed_ns, out, |out| match written {
                None => result.encode(out),
                Some(value) => value.encode(out),
            });
        })?;
        self.flush()
    }

    /// A reading of a clock, in nanoseconds. Readings beyond the recorded ones go on from the last,
    /// a microsecond each.
    pub fn clock(&mut self, stream: &'static str, live: impl FnOnce() -> u64) -> Result<u64, Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(live()),
            Mode::Record { .. } => {
                let reading = live();
                self.note(|out| write_ambient(stream, out, |out| reading.encode(out)))?;
                Ok(reading)
            }
            Mode::Replay(replay) => Ok(replay.clock(stream)),
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
            Mode::Record { .. } => {
                let value = live();
                let empty = self.hidden.is_empty();
                let hidden = if empty { None } else { self.hidden.input(&value.to_canonical()) };
                self.note(|out| {
                    write_ambient(name, out, |out| match hidden {
                        None => value.encode(out),
                        Some(hidden) => hidden.encode(out),
                    });
                })?;
                Ok(Some(value))
            }
            Mode::Replay(replay) => replay.input(name).or_else(|stop| self.stop(stop)),
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
            Mode::Record { redact, .. } => {
                let value = live();
                let reference = value.as_ref().map(|value| self.hidden.reveal(&**redact, name, value));
                let stream = format!("{SECRETS}{name}");
                self.note(|out| write_ambient(&stream, out, |out| reference.encode(out)))?;
                Ok(value)
            }
            Mode::Replay(replay) => replay.secret(name).or_else(|stop| self.stop(stop)),
        }
    }

    /// Makes known a secret that the guest does not hold but passes on by its reference: wherever its
    /// value comes back, the journal has the reference.
    pub fn reveal(&mut self, name: &str, value: &str) {
        if let Mode::Record { redact, .. } = &self.mode {
            self.hidden.reveal(&**redact, name, value);
        }
    }

    /// Fills `bytes` with what comes next in a stream of random bytes.
    pub fn random(&mut self, stream: &'static str, bytes: &mut [u8]) {
        self.streams.fill(stream, bytes);
    }

    /// A line of output.
    pub fn output(&mut self, mut output: Output) -> Result<(), Stop> {
        self.check()?;
        match &mut self.mode {
            Mode::Live => Ok(()),
            Mode::Record { .. } => {
                self.hidden.output(&mut output);
                self.note(|out| Event::Output(output).write(out))
            }
            Mode::Replay(replay) => {
                replay.output(output);
                Ok(())
            }
        }
    }

    /// Notes what the host did: a limit that was hit, a policy that was applied.
    pub fn mark(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        match self.mode {
            Mode::Record { .. } => {
                self.check()?;
                let value = &self.hidden.text(value);
                self.note(|out| Event::Mark { name, value }.write(out))
            }
            Mode::Live | Mode::Replay(_) => Ok(()),
        }
    }

    /// Takes what must not be written out of a failure, for whoever tells of it elsewhere: a log is written
    /// too.
    pub fn hide(&mut self, end: &mut End) {
        if let (Mode::Record { redact, .. }, Outcome::Failed { .. }) = (&self.mode, &end.outcome) {
            self.hidden.end(&**redact, end);
        }
    }

    /// Ends the execution. A replay returns what it found, even if it was stopped. A journal that
    /// failed gets no end: what it took of the failed append is unknown.
    pub fn end(&mut self, mut end: End) -> Result<Option<Replayed>, Stop> {
        match &mut self.mode {
            Mode::Live => Ok(None),
            Mode::Record { redact, .. } => {
                self.hidden.end(&**redact, &mut end);
                self.check()?;
                self.note(|out| Event::End(end).write(out))?;
                self.flush()?;
                self.ended = true;
                Ok(None)
            }
            Mode::Replay(replay) => Ok(Some(replay.end(end))),
        }
    }

    /// A frame that is written with the next effect, or at the end.
    fn note(&mut self, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Stop> {
        self.frame(body)?;
        if self.buffer.len() > 4096 { self.flush() } else { Ok(()) }
    }

    /// A frame that no reader would take is not written: what it says must not happen.
    fn frame(&mut self, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Stop> {
        let start = self.buffer.len();
        write_frame(&mut self.buffer, body);
        if self.buffer.len() - start <= MAX_FRAME {
            return Ok(());
        }
        self.buffer.truncate(start);
        self.stop(Stop::Journal(AppendError(format!("an event has more than {MAX_FRAME} bytes"))))
    }

    fn flush(&mut self) -> Result<(), Stop> {
        let Mode::Record { journal, .. } = &mut self.mode else {
            return Ok(());
        };
        let appended = journal.append(&self.buffer);
        self.buffer.clear();
        appended.or_else(|error| self.stop(Stop::Journal(error)))
    }

    fn stop<T>(&mut self, stop: Stop) -> Result<T, Stop> {
        self.stopped = Some(stop.clone());
        Err(stop)
    }

    fn check(&self) -> Result<(), Stop> {
        match &self.stopped {
            Some(stop) => Err(stop.clone()),
            None if self.ended => Err(Stop::Journal(AppendError("the execution has ended".to_owned()))),
            None => Ok(()),
        }
    }
}

/// What may be written of a value; none: the value as it is.
fn hide(hidden: &mut Hidden, redact: &dyn Redact, place: Place<'_>, value: &impl Encode) -> Option<Value> {
    if hidden.is_empty() && !redact.concerns(place) {
        return None;
    }
    hidden.value(redact, place, &value.to_canonical())
}

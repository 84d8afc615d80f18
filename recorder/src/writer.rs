//! The journal of an execution as it is written: nothing that must not be written gets in, and what the guest
//! brings about is bounded.

use std::sync::Arc;

use crate::canonical::Encode;
use crate::event::{
    Begin, End, Event, FailureKind, Outcome, Output, write_ambient, write_answer, write_call, write_return,
};
use crate::format::{MAX_FRAME, write_frame, write_header};
use crate::journal::{AppendError, Journal};
use crate::recording::{During, LimitAt, SECRETS, marks};
use crate::redact::{Crossing, Hidden, Redact};
use crate::stand_in::Marking;
use crate::stop::Stop;
use crate::value::Value;

/// So much may wait in the buffer for the next effect, in bytes.
const WAITING: usize = 4096;

pub(crate) struct JournalWriter {
    journal: Box<dyn Journal>,
    redact: Arc<dyn Redact>,
    hidden: Hidden,
    buffer: Vec<u8>,
    // Whether the answer is in the journal already: the end does not repeat it.
    answered: bool,
    // What the guest has brought into the journal, in bytes, and the most that it may.
    written: usize,
    most: usize,
}

impl JournalWriter {
    /// A journal that has its first event.
    pub fn begin(mut begin: Begin, journal: Box<dyn Journal>, redact: Arc<dyn Redact>) -> Result<Self, Stop> {
        let mut hidden = Hidden::new(Marking::of(begin.seed));
        let input = Crossing::Trigger(&begin.trigger.kind);
        if let Some(input) = hidden.value(&*redact, input, &begin.trigger.input) {
            begin.trigger.input = input.to_canonical();
        }
        let buffer = Vec::with_capacity(768 + begin.trigger.input.len());
        let mut writer =
            Self { journal, redact, hidden, buffer, answered: false, written: 0, most: usize::MAX };
        write_header(&mut writer.buffer);
        let begin = Event::Begin(Box::new(begin));
        writer.frame(|out| begin.write(out))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Bounds what the guest may bring into the journal, in bytes.
    pub fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// The call, before anything acts on it. Gives the arguments as they were written, where the policy looks at
    /// them again with the result.
    pub fn call(&mut self, seq: u64, function: &str, args: &impl Encode) -> Result<Value, Stop> {
        let written = self.hidden(Crossing::Arguments(function), args);
        self.guests_frame(|out| {
            write_call(seq, function, out, |out| match &written {
                None => args.encode(out),
                Some(value) => value.encode(out),
            });
        })?;
        self.flush()?;
        let looked_at = |args: &Value| self.redact.concerns(Crossing::Result(function, args));
        Ok(written.filter(looked_at).unwrap_or(Value::Unit))
    }

    /// The result of a call, with its arguments as they were written.
    pub fn result(
        &mut self,
        seq: u64,
        function: &str,
        args: &Value,
        result: &impl Encode,
        elapsed_ns: u64,
    ) -> Result<(), Stop> {
        let written = self.hidden(Crossing::Result(function, args), result);
        self.guests_frame(|out| {
            write_return(seq, elapsed_ns, out, |out| match written {
                None => result.encode(out),
                Some(value) => value.encode(out),
            });
        })?;
        self.flush()
    }

    /// The next value of an ambient stream, which has nothing to hide.
    pub fn ambient(&mut self, stream: &str, value: &impl Encode) -> Result<(), Stop> {
        self.waiting_frame(|out| write_ambient(stream, out, |out| value.encode(out)))
    }

    /// The same for a value that may have something to hide in it.
    pub fn input(&mut self, name: &str, value: &impl Encode) -> Result<(), Stop> {
        let empty = self.hidden.is_empty();
        let hidden = if empty { None } else { self.hidden.input(&value.to_canonical()) };
        match hidden {
            None => self.ambient(name, value),
            Some(hidden) => self.ambient(name, &hidden),
        }
    }

    /// A secret's reference, in the place of its value.
    pub fn secret(&mut self, name: &str, value: Option<&str>) -> Result<(), Stop> {
        let reference = value.map(|value| self.reveal(name, value));
        self.ambient(&format!("{SECRETS}{name}"), &reference)
    }

    /// Hides a secret from here on, and gives its reference.
    pub fn reveal(&mut self, name: &str, value: &str) -> String {
        self.hidden.reveal(&*self.redact, name, value)
    }

    /// A line of output.
    pub fn output(&mut self, mut output: Output) -> Result<(), Stop> {
        self.hidden.output(&mut output);
        self.waiting_frame(|out| Event::Output(output).write(out))
    }

    /// What the host did.
    pub fn mark(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        let value = &self.hidden.text(value);
        self.frame(|out| Event::Mark { name, value }.write(out))
    }

    /// The answer of a guest that goes on. Only a result is one.
    pub fn answer(&mut self, outcome: &Outcome) -> Result<(), Stop> {
        let mut end = End { outcome: outcome.clone(), elapsed_ns: 0, peak_memory: 0 };
        self.hide(&mut end);
        let Outcome::Returned(value) = end.outcome else {
            return Ok(());
        };
        self.frame(|out| write_answer(out, &value))?;
        self.flush()?;
        self.answered = true;
        Ok(())
    }

    /// The end.
    pub fn end(&mut self, mut end: End) -> Result<(), Stop> {
        if self.answered {
            end.outcome = Outcome::Returned(Vec::new());
        } else {
            self.hide(&mut end);
        }
        self.frame(|out| Event::End(end).write(out))?;
        self.flush()
    }

    /// Takes what must not be written out of an end.
    pub fn hide(&mut self, end: &mut End) {
        self.hidden.end(&*self.redact, end);
    }

    /// What may be written of a value; none: the value as it is.
    fn hidden(&mut self, crossing: Crossing<'_>, value: &impl Encode) -> Option<Value> {
        if self.hidden.is_empty() && !self.redact.concerns(crossing) {
            return None;
        }
        self.hidden.value(&*self.redact, crossing, &value.to_canonical())
    }

    /// A frame that goes out with the next effect, or at the end.
    fn waiting_frame(&mut self, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Stop> {
        self.guests_frame(body)?;
        if self.buffer.len() > WAITING { self.flush() } else { Ok(()) }
    }

    /// A frame that the guest brings about. Over the limit it is not written, and the guest ends.
    fn guests_frame(&mut self, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Stop> {
        let start = self.buffer.len();
        self.frame(body)?;
        self.written += self.buffer.len() - start;
        if self.written <= self.most {
            return Ok(());
        }
        self.buffer.truncate(start);
        self.mark(marks::LIMIT, &LimitAt::text(FailureKind::OutputLimit, During::Calling))?;
        let message = format!("its journal is longer than {} bytes", self.most);
        Err(Stop::Limit(FailureKind::OutputLimit, message))
    }

    /// A frame that no reader would take is not written: what it says must not happen.
    fn frame(&mut self, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Stop> {
        let start = self.buffer.len();
        write_frame(&mut self.buffer, body);
        if self.buffer.len() - start <= MAX_FRAME {
            return Ok(());
        }
        self.buffer.truncate(start);
        Err(Stop::Journal(AppendError(format!("an event has more than {MAX_FRAME} bytes"))))
    }

    fn flush(&mut self) -> Result<(), Stop> {
        let appended = self.journal.append(&self.buffer);
        self.buffer.clear();
        appended.map_err(Stop::Journal)
    }
}

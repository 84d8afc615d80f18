//! A journal, read back.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::canon::{Decode, DecodeError, Encode, Reader};
use crate::event::{Begin, End, Event, FailureKind, Outcome, Output};
use crate::format::{FormatError, Frames, marking};
use crate::stand_in::{Marking, Tags};

/// One effect as it was recorded. Its bytes lie in the recording.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Interface and function, such as `kv.bucket.get`.
    pub function: String,
    args: Range<usize>,
    result: Option<Range<usize>>,
    /// How long the effect took, in nanoseconds; 0 where it did not return.
    pub elapsed_ns: u64,
}

/// Everything one execution left.
#[derive(Debug, Clone)]
pub struct Recording {
    bytes: Vec<u8>,
    // None: its stand-ins are those of format 1.0.
    tags: Option<Tags>,
    marking: Marking,
    /// What it started from.
    pub begin: Begin,
    /// Its effects, in the order of the calls.
    pub effects: Vec<Effect>,
    /// The order in which results arrived: indexes into `effects`.
    pub returns: Vec<usize>,
    ambient: HashMap<String, Vec<Range<usize>>>,
    /// Its log lines, stdout and stderr.
    pub output: Vec<Output>,
    /// What the host noted.
    pub marks: Vec<(String, String)>,
    /// How it ended; `interrupted` where no end was written.
    pub end: End,
}

impl Recording {
    /// Reads a journal. Every check of FORMAT.md is made here.
    pub fn read(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let mut builder = Builder::default();
        for (index, event) in Frames::of(&bytes)?.enumerate() {
            builder.add(index, event?, &bytes)?;
        }
        let Some(begin) = builder.begin.take() else {
            return Err(FormatError::Order { index: 0, what: "a journal begins with 'begin'" });
        };
        let end = builder.end.take().unwrap_or_else(interrupted);
        let Builder { effects, returns, ambient, output, marks, .. } = builder;
        let marking = marking(&bytes, begin.seed);
        let tags = (marking != Marking::First).then(|| Tags::of(begin.seed));
        Ok(Self { bytes, tags, marking, begin, effects, returns, ambient, output, marks, end })
    }

    /// The canonical arguments of an effect.
    pub fn args(&self, index: usize) -> &[u8] {
        &self.bytes[self.effects[index].args.clone()]
    }

    /// The canonical result of an effect; none if it never returned: its outcome is unknown.
    pub fn result(&self, index: usize) -> Option<&[u8]> {
        self.effects[index].result.clone().map(|range| &self.bytes[range])
    }

    /// The values of an ambient stream, in order.
    pub fn ambient(&self, stream: &str, index: usize) -> Option<&[u8]> {
        let ranges = self.ambient.get(stream)?;
        ranges.get(index).map(|range| &self.bytes[range.clone()])
    }

    /// How many values an ambient stream has.
    pub fn ambient_len(&self, stream: &str) -> usize {
        self.ambient.get(stream).map_or(0, Vec::len)
    }

    /// The names of all ambient streams, sorted.
    pub fn ambient_streams(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.ambient.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// How the stand-ins of hidden values are marked.
    pub fn marking(&self) -> Marking {
        self.marking
    }

    /// A recorded value as a replayed guest is handed it.
    pub fn hand<T: Decode>(&self, bytes: &[u8]) -> Result<T, DecodeError> {
        match &self.tags {
            Some(tags) => T::from_reader(Reader::tagged(&tags.hand(bytes), *tags.handed())),
            None => T::from_canonical(bytes),
        }
    }

    /// Bytes that come from a replayed guest as this recording would have them.
    pub fn take<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        self.tags.as_ref().map_or(Cow::Borrowed(bytes), |tags| tags.take(bytes))
    }

    /// The same for a text.
    pub fn take_text(&self, text: &mut String) {
        if let Some(tags) = &self.tags {
            tags.take_text(text);
        }
    }

    /// The name of the first secret in the journal that has the value of this one: the reference
    /// that stands wherever the value was passed on.
    pub(crate) fn first_secret_like<'a>(&'a self, name: &'a str) -> &'a str {
        let stream = |name: &str| format!("{SECRETS}{name}");
        let Some(value) = self.ambient(&stream(name), 0) else {
            return name;
        };
        let twins = self.ambient.iter().filter_map(|(other, ranges)| {
            let at = ranges.iter().find(|range| self.bytes[(*range).clone()] == *value)?.start;
            Some((at, other.strip_prefix(SECRETS)?))
        });
        twins.min().map_or(name, |(_, first)| first)
    }

    /// The journal's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What the names of the ambient streams of secrets begin with.
pub(crate) const SECRETS: &str = "config.secret:";

fn interrupted() -> End {
    let message = "the process ended while this ran".to_owned();
    let outcome = Outcome::Failed { kind: FailureKind::Interrupted, message, backtrace: Vec::new() };
    End { outcome, elapsed_ns: 0, peak_memory: 0 }
}

#[derive(Default)]
struct Builder {
    begin: Option<Begin>,
    effects: Vec<Effect>,
    returns: Vec<usize>,
    ambient: HashMap<String, Vec<Range<usize>>>,
    output: Vec<Output>,
    marks: Vec<(String, String)>,
    end: Option<End>,
}

impl Builder {
    fn add(&mut self, index: usize, event: Event<'_>, bytes: &[u8]) -> Result<(), FormatError> {
        let order = |what| Err(FormatError::Order { index, what });
        if self.end.is_some() {
            return order("nothing follows 'end'");
        }
        if (index == 0) != matches!(event, Event::Begin(_)) {
            return order("a journal begins with 'begin', and has one");
        }
        match event {
            Event::Begin(begin) => self.begin = Some(*begin),
            Event::Call { seq, function, args } => {
                if seq != self.effects.len() as u64 {
                    return order("calls are numbered from 0 without gaps");
                }
                let args = range(bytes, args);
                self.effects.push(Effect {
                    function: function.to_owned(),
                    args,
                    result: None,
                    elapsed_ns: 0,
                });
            }
            Event::Return { seq, elapsed_ns, result } => {
                let at = usize::try_from(seq).unwrap_or(usize::MAX);
                match self.effects.get_mut(at) {
                    Some(effect) if effect.result.is_none() => {
                        effect.result = Some(range(bytes, result));
                        effect.elapsed_ns = elapsed_ns;
                    }
                    _ => return order("a return belongs to one call before it"),
                }
                self.returns.push(at);
            }
            Event::Ambient { stream, value } => {
                self.ambient.entry(stream.to_owned()).or_default().push(range(bytes, value));
            }
            Event::Output(output) => self.output.push(output),
            Event::Mark { name, value } => self.marks.push((name.to_owned(), value.to_owned())),
            Event::End(end) => self.end = Some(end),
        }
        Ok(())
    }
}

/// Where `part`, a slice of `bytes`, lies in it.
fn range(bytes: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - bytes.as_ptr() as usize;
    start..start + part.len()
}

/// The journal of an execution that never ran: for fixtures that are written by hand.
pub fn write_journal<'a>(events: impl IntoIterator<Item = Event<'a>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::format::write_header(&mut bytes);
    for event in events {
        crate::format::write_frame(&mut bytes, |out| event.write(out));
    }
    bytes
}

/// Whether a handler's outcome counts as a failure: no result, an HTTP status of 500 or more, or a
/// job that was not done.
pub fn is_failure(outcome: &Outcome) -> bool {
    let Outcome::Returned(bytes) = outcome else {
        return true;
    };
    match crate::Value::read(bytes) {
        Ok(crate::Value::Result(result)) => result.is_err(),
        Ok(value) => http_status(&value).is_some_and(|status| status >= 500),
        Err(_) => true,
    }
}

/// The status of an `http-handler.response`.
pub fn http_status(response: &crate::Value) -> Option<u16> {
    match response.field("status")? {
        crate::Value::Unsigned(status) => u16::try_from(*status).ok(),
        _ => None,
    }
}

/// The outcome of a value.
pub fn returned(value: &impl Encode) -> Outcome {
    Outcome::Returned(value.to_canonical())
}

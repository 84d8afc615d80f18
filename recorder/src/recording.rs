//! A journal, read back.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::canonical::{Decode, DecodeError, Encode, Reader};
use crate::event::{Begin, End, Event, FailureKind, Outcome, Output};
use crate::format::{FormatError, Frames, MINOR_AT, marking};
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

/// What a guest did when a limit ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// It ran its own code.
    Computing,
    /// It waited: for a while, or for whichever of several things came first.
    Waiting,
    /// It called the host.
    Calling,
}

/// Names are part of the format: they stand in the mark `limit`.
const DURING: [(During, &str); 3] =
    [(During::Computing, "computing"), (During::Waiting, "waiting"), (During::Calling, "calling")];

impl During {
    /// The name in journals and reports.
    pub fn name(self) -> &'static str {
        DURING.iter().find(|(during, _)| *during == self).map_or("computing", |(_, name)| name)
    }
}

/// Where a limit ended an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitAt {
    /// Which limit, by the outcome that it gives.
    pub kind: FailureKind,
    /// What the guest did.
    pub during: During,
    /// How many calls and ambient values the journal has before it.
    pub crossings: u64,
}

impl LimitAt {
    /// The text of the mark `limit`.
    pub fn text(kind: FailureKind, during: During) -> String {
        format!("{} while {}", kind.name(), during.name())
    }

    fn of_text(text: &str, crossings: u64) -> Option<Self> {
        let (kind, during) = text.split_once(" while ")?;
        let (during, _) = DURING.iter().find(|(_, name)| *name == during)?;
        Some(Self { kind: FailureKind::of_name(kind)?, during: *during, crossings })
    }
}

/// How the tail of an execution failed: what its guest did after its answer had gone out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailFailure {
    /// Which way.
    pub kind: FailureKind,
    /// What happened, in a sentence.
    pub message: String,
}

impl TailFailure {
    /// The text of the mark `tail`.
    pub fn text(kind: FailureKind, message: &str) -> String {
        format!("{}: {message}", kind.name())
    }

    fn of_text(text: &str) -> Option<Self> {
        let (kind, message) = text.split_once(": ")?;
        Some(Self { kind: FailureKind::of_name(kind)?, message: message.to_owned() })
    }
}

/// The marks that a reader understands.
pub(crate) mod marks {
    pub const LIMIT: &str = "limit";
    pub const TAIL: &str = "tail";
    pub const ABANDONED: &str = "abandoned";
}

/// Everything one execution left.
#[derive(Debug, Clone)]
pub struct Recording {
    bytes: Vec<u8>,
    /// The minor version of the format that it was written in.
    pub minor: u8,
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
    /// How it ended: its answer, where that went out before the end; `interrupted` where there is
    /// neither an answer nor an end.
    pub end: End,
    /// Where its answer stands: after how many calls and ambient values. None: in its end.
    pub answered: Option<u64>,
    /// Whether the process ended after the answer and before the end.
    pub interrupted_tail: bool,
    /// How its tail failed.
    pub tail: Option<TailFailure>,
    /// Where a limit ended it.
    pub limit: Option<LimitAt>,
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
        let interrupted_tail = builder.end.is_none() && builder.answer.is_some();
        let end = builder.end(&bytes);
        let Builder { effects, returns, ambient, output, marks, limit, tail, .. } = builder;
        let minor = bytes[MINOR_AT];
        let answered = builder.answer.map(|(_, crossings)| crossings);
        let tail = if interrupted_tail { tail.or(Some(killed())) } else { tail };
        let marking = marking(&bytes, begin.seed);
        let tags = (marking != Marking::First).then(|| Tags::of(begin.seed));
        Ok(Self {
            bytes,
            minor,
            tags,
            marking,
            begin,
            effects,
            returns,
            ambient,
            output,
            marks,
            end,
            answered,
            interrupted_tail,
            tail,
            limit,
        })
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

    /// What marks its stand-ins; none: they are those of format 1.0.
    pub(crate) fn tags(&self) -> Option<&Tags> {
        self.tags.as_ref()
    }

    /// A recorded value as a replayed guest is handed it.
    pub fn hand<T: Decode>(&self, bytes: &[u8]) -> Result<T, DecodeError> {
        hand(self.tags.as_ref(), bytes)
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
    fn first_secret_like<'a>(&'a self, name: &'a str) -> &'a str {
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

    /// What a replay hands out for the value of a secret's stream, where that is not the recorded value itself.
    /// Format 1.0 has a token in its place, and the name of the first secret that has it wherever it was passed on.
    pub fn secret(&self, name: &str, index: usize) -> Option<String> {
        let recorded = self.ambient(&format!("{SECRETS}{name}"), index)?;
        let value: Option<String> = Decode::from_canonical(recorded).ok()?;
        let is_hidden = self.marking == Marking::First && value.is_some_and(|value| !value.is_empty());
        is_hidden.then(|| format!("{{{{secret {}}}}}", self.first_secret_like(name)))
    }

    /// Whether the process ended while this ran, and before it answered: nothing says how it would have ended.
    pub fn is_interrupted(&self) -> bool {
        matches!(self.end.outcome, Outcome::Failed { kind: FailureKind::Interrupted, .. })
    }

    /// The journal's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A value as a replayed guest is handed it, by the tags of its recording.
pub(crate) fn hand<T: Decode>(tags: Option<&Tags>, bytes: &[u8]) -> Result<T, DecodeError> {
    match tags {
        Some(tags) => T::from_reader(Reader::tagged(&tags.hand(bytes), *tags.handed())),
        None => T::from_canonical(bytes),
    }
}

/// What the names of the ambient streams of secrets begin with.
pub const SECRETS: &str = "config.secret:";

fn killed() -> TailFailure {
    let message = "the process ended while this ran".to_owned();
    TailFailure { kind: FailureKind::Interrupted, message }
}

fn interrupted() -> Outcome {
    let TailFailure { kind, message } = killed();
    Outcome::Failed { kind, message, backtrace: Vec::new() }
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
    // Calls and ambient values so far.
    crossings: u64,
    answer: Option<(Range<usize>, u64)>,
    limit: Option<LimitAt>,
    tail: Option<TailFailure>,
}

impl Builder {
    /// How the execution ended. An end that returned nothing has its value in the answer before it.
    fn end(&mut self, bytes: &[u8]) -> End {
        let answer = self.answer.clone().map(|(range, _)| Outcome::Returned(bytes[range].to_vec()));
        match (self.end.take(), answer) {
            (Some(end), Some(answer)) => End { outcome: answer, ..end },
            (Some(end), None) => end,
            (None, answer) => {
                End { outcome: answer.unwrap_or_else(interrupted), elapsed_ns: 0, peak_memory: 0 }
            }
        }
    }

    fn mark(&mut self, name: &str, value: &str) {
        match name {
            marks::LIMIT => self.limit = LimitAt::of_text(value, self.crossings).or(self.limit),
            marks::TAIL => self.tail = TailFailure::of_text(value).or(self.tail.take()),
            _ => {}
        }
        self.marks.push((name.to_owned(), value.to_owned()));
    }

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
                self.crossings += 1;
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
                self.crossings += 1;
                self.ambient.entry(stream.to_owned()).or_default().push(range(bytes, value));
            }
            Event::Output(output) => self.output.push(output),
            Event::Mark { name, value } => self.mark(name, value),
            Event::Answer { .. } if self.answer.is_some() => return order("an execution has one answer"),
            Event::Answer { value } => self.answer = Some((range(bytes, value), self.crossings)),
            Event::End(end) => match (&self.answer, &end.outcome) {
                (Some(_), Outcome::Returned(value)) if value.is_empty() => self.end = Some(end),
                (Some(_), _) => return order("what was answered ends as it was answered"),
                (None, _) => self.end = Some(end),
            },
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

/// The outcome of a value.
pub fn returned(value: &impl Encode) -> Outcome {
    Outcome::Returned(value.to_canonical())
}

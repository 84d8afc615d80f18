//! The events of a journal and their bytes.

use uuid::Uuid;

use crate::canonical::{Decode, DecodeError, Encode, Reader, put_name, put_varint};
use crate::digest::Digest;

/// What starts an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// `http`, `job`, …
    pub kind: String,
    /// The route or the queue, as flux.toml has it.
    pub name: String,
    /// The handler's argument, in canonical form.
    pub input: Vec<u8>,
}

/// The first event: all that an execution starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// The execution's id, a UUID v7.
    pub id: Uuid,
    /// The execution that this one resumes.
    pub parent: Option<Uuid>,
    /// The guest that ran.
    pub guest: Digest,
    /// Engine and version, such as `wasmtime 48`.
    pub engine: String,
    /// Where every random byte comes from.
    pub seed: [u8; 32],
    /// Nanoseconds since the Unix epoch.
    pub started_ns: u64,
    /// What started it.
    pub trigger: Trigger,
}

/// Why an execution ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The guest trapped: a panic, an unreachable, an access out of bounds.
    Trap,
    /// It ran longer than its time limit.
    TimeLimit,
    /// It asked for more memory than its limit, and could not go on.
    MemoryLimit,
    /// Its stack was full.
    StackLimit,
    /// Its result or its log was larger than its limit.
    OutputLimit,
    /// It made more calls than its limit.
    CallLimit,
    /// The host could not go on: the journal could not be written, or a back end broke its contract.
    Host,
    /// A replay stopped it: it asked for what was never recorded.
    Blocked,
    /// The process ended while it ran.
    Interrupted,
}

/// Names are part of the format: they stand in journals, stores and `--json`.
const FAILURES: [(FailureKind, &str); 9] = [
    (FailureKind::Trap, "trap"),
    (FailureKind::TimeLimit, "time-limit"),
    (FailureKind::MemoryLimit, "memory-limit"),
    (FailureKind::StackLimit, "stack-limit"),
    (FailureKind::OutputLimit, "output-limit"),
    (FailureKind::CallLimit, "call-limit"),
    (FailureKind::Host, "host"),
    (FailureKind::Blocked, "blocked"),
    (FailureKind::Interrupted, "interrupted"),
];

impl FailureKind {
    /// The name in journals and reports.
    pub fn name(self) -> &'static str {
        FAILURES.iter().find(|(kind, _)| *kind == self).map_or("host", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        FAILURES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler's result, in canonical form.
    Returned(Vec<u8>),
    /// It ended without one.
    Failed {
        /// Which way.
        kind: FailureKind,
        /// What happened, in a sentence.
        message: String,
        /// The guest's frames, innermost first.
        backtrace: Vec<String>,
    },
}

/// The last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// From begin to end, in nanoseconds.
    pub elapsed_ns: u64,
    /// The most linear memory it had, in bytes.
    pub peak_memory: u64,
}

/// A line of output: a log line, or bytes of stdout or stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `trace` to `error` for log lines; `stdout`, `stderr`.
    pub level: String,
    /// The text; bytes that are no UTF-8 are replaced.
    pub message: String,
    /// The fields of a log line.
    pub fields: Vec<(String, String)>,
}

impl Output {
    /// All its texts but the level.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let fields = self.fields.iter_mut().flat_map(|(name, value)| [name, value]);
        std::iter::once(&mut self.message).chain(fields)
    }
}

/// One event, borrowed from the journal's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are described where the events are: FORMAT.md")]
pub enum Event<'a> {
    Begin(Box<Begin>),
    Call { seq: u64, function: &'a str, args: &'a [u8] },
    Return { seq: u64, elapsed_ns: u64, result: &'a [u8] },
    Ambient { stream: &'a str, value: &'a [u8] },
    Output(Output),
    Mark { name: &'a str, value: &'a str },
    End(End),
    Answer { value: &'a [u8] },
}

const BEGIN: u8 = 1;
const CALL: u8 = 2;
const RETURN: u8 = 3;
const AMBIENT: u8 = 4;
const OUTPUT: u8 = 5;
const MARK: u8 = 6;
const END: u8 = 7;
const ANSWER: u8 = 8;

/// Whether a frame holds an event that only a newer minor version has.
pub(crate) fn is_newer(body: &[u8]) -> bool {
    body.first().is_some_and(|kind| *kind > ANSWER)
}

impl Event<'_> {
    /// Appends the event's bytes, without a frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Begin(begin) => write_begin(begin, out),
            Self::Call { seq, function, args } => write_call(*seq, function, out, |out| {
                out.extend_from_slice(args);
            }),
            Self::Return { seq, elapsed_ns, result } => write_return(*seq, *elapsed_ns, out, |out| {
                out.extend_from_slice(result);
            }),
            Self::Ambient { stream, value } => write_ambient(stream, out, |out| out.extend_from_slice(value)),
            Self::Output(output) => {
                out.push(OUTPUT);
                put_name(out, &output.level);
                put_name(out, &output.message);
                output.fields.encode(out);
            }
            Self::Mark { name, value } => {
                out.push(MARK);
                put_name(out, name);
                put_name(out, value);
            }
            Self::End(end) => write_end(end, out),
            Self::Answer { value } => write_answer(out, value),
        }
    }

    /// Reads one event from the bytes of a frame.
    pub fn read(bytes: &[u8]) -> Result<Event<'_>, DecodeError> {
        let mut input = Reader::new(bytes);
        let event = match input.byte()? {
            BEGIN => Event::Begin(Box::new(read_begin(&mut input, bytes)?)),
            CALL => {
                let (seq, function) = (input.varint()?, input.name()?);
                Event::Call { seq, function, args: rest(&mut input, bytes)? }
            }
            RETURN => {
                let (seq, elapsed_ns) = (input.varint()?, input.varint()?);
                Event::Return { seq, elapsed_ns, result: rest(&mut input, bytes)? }
            }
            AMBIENT => Event::Ambient { stream: input.name()?, value: rest(&mut input, bytes)? },
            OUTPUT => Event::Output(Output {
                level: input.name()?.to_owned(),
                message: input.name()?.to_owned(),
                fields: Decode::decode(&mut input)?,
            }),
            MARK => Event::Mark { name: input.name()?, value: input.name()? },
            END => Event::End(read_end(&mut input)?),
            ANSWER => Event::Answer { value: rest(&mut input, bytes)? },
            found => {
                return Err(DecodeError::Unexpected { expected: "an event", found, at: 0 });
            }
        };
        input.finish()?;
        Ok(event)
    }
}

pub(crate) fn write_call(seq: u64, function: &str, out: &mut Vec<u8>, args: impl FnOnce(&mut Vec<u8>)) {
    out.push(CALL);
    put_varint(out, seq);
    put_name(out, function);
    args(out);
}

pub(crate) fn write_return(seq: u64, elapsed_ns: u64, out: &mut Vec<u8>, result: impl FnOnce(&mut Vec<u8>)) {
    out.push(RETURN);
    put_varint(out, seq);
    put_varint(out, elapsed_ns);
    result(out);
}

pub(crate) fn write_ambient(stream: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(AMBIENT);
    put_name(out, stream);
    value(out);
}

pub(crate) fn write_answer(out: &mut Vec<u8>, value: &[u8]) {
    out.push(ANSWER);
    out.extend_from_slice(value);
}

fn rest<'a>(input: &mut Reader<'a>, bytes: &[u8]) -> Result<&'a [u8], DecodeError> {
    input.take(bytes.len() - input.position())
}

fn write_begin(begin: &Begin, out: &mut Vec<u8>) {
    out.push(BEGIN);
    out.extend_from_slice(begin.id.as_bytes());
    out.extend_from_slice(begin.parent.unwrap_or_default().as_bytes());
    out.extend_from_slice(&begin.guest.0);
    out.extend_from_slice(&begin.seed);
    put_varint(out, begin.started_ns);
    put_name(out, &begin.engine);
    put_name(out, &begin.trigger.kind);
    put_name(out, &begin.trigger.name);
    out.extend_from_slice(&begin.trigger.input);
}

fn read_begin(input: &mut Reader<'_>, bytes: &[u8]) -> Result<Begin, DecodeError> {
    let id = Uuid::from_bytes(array(input)?);
    let parent = Uuid::from_bytes(array(input)?);
    let guest = Digest(array(input)?);
    let seed = array(input)?;
    let started_ns = input.varint()?;
    let engine = input.name()?.to_owned();
    let (kind, name) = (input.name()?.to_owned(), input.name()?.to_owned());
    let trigger = Trigger { kind, name, input: rest(input, bytes)?.to_vec() };
    let parent = (!parent.is_nil()).then_some(parent);
    Ok(Begin { id, parent, guest, engine, seed, started_ns, trigger })
}

fn array<const N: usize>(input: &mut Reader<'_>) -> Result<[u8; N], DecodeError> {
    let mut bytes = [0; N];
    bytes.copy_from_slice(input.take(N)?);
    Ok(bytes)
}

fn write_end(end: &End, out: &mut Vec<u8>) {
    out.push(END);
    put_varint(out, end.elapsed_ns);
    put_varint(out, end.peak_memory);
    match &end.outcome {
        Outcome::Returned(value) => {
            put_name(out, "returned");
            put_varint(out, value.len() as u64);
            out.extend_from_slice(value);
        }
        Outcome::Failed { kind, message, backtrace } => {
            put_name(out, kind.name());
            put_name(out, message);
            backtrace.encode(out);
        }
    }
}

fn read_end(input: &mut Reader<'_>) -> Result<End, DecodeError> {
    let (elapsed_ns, peak_memory) = (input.varint()?, input.varint()?);
    let outcome = match input.name()? {
        "returned" => Outcome::Returned(input.blob()?.to_vec()),
        name => Outcome::Failed {
            kind: FailureKind::of_name(name)
                .ok_or_else(|| DecodeError::UnknownName { expected: "an outcome", name: name.to_owned() })?,
            message: input.name()?.to_owned(),
            backtrace: Decode::decode(input)?,
        },
    };
    Ok(End { outcome, elapsed_ns, peak_memory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_text() {
        let digest = Digest([0x5a; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for wrong in ["5a".repeat(31), "+a".repeat(32), "é".repeat(32), "zz".repeat(32)] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_kind_of_failure_keeps_its_name() {
        for (kind, name) in FAILURES {
            assert_eq!((kind.name(), FailureKind::of_name(name)), (name, Some(kind)));
        }
    }
}

//! What spool and record store both know of an execution and of a guest.

use flux_recorder::canonical::tag;
use flux_recorder::format::Frames;
use flux_recorder::{
    Begin, Decode, Digest, End, Event, FailureKind, FormatError, Outcome, REFUSED, REFUSED_STATUS, Reader,
    failure_status, is_failure,
};
use uuid::Uuid;

use crate::error::StoreError;

/// SQLite's own bound for a value, less what surrounds it.
const MAX_JOURNAL: usize = 900 << 20;

/// One execution in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The execution.
    pub id: Uuid,
    /// The execution that this one resumed.
    pub parent: Option<Uuid>,
    /// What started it: `http`, `job`, …
    pub kind: String,
    /// The route or the queue.
    pub name: String,
    /// The guest that ran.
    pub guest: Digest,
    /// Nanoseconds since the Unix epoch.
    pub started_ns: u64,
    /// From begin to end, in nanoseconds; 0 if it was interrupted.
    pub elapsed_ns: u64,
    /// `returned`, or the failure's name.
    pub outcome: String,
    /// The HTTP status that the client got, also where the guest failed; none where nobody was answered.
    pub status: Option<u16>,
    /// Whether the outcome counts as a failure.
    pub failed: bool,
    /// How many effects were begun.
    pub calls: u64,
    /// The journal's length in bytes.
    pub journal_len: u64,
    /// The node that recorded it; empty before it is shipped, and where nodes had no names yet.
    pub node: String,
}

/// One guest under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestVersion {
    /// The name in flux.toml.
    pub name: String,
    /// The guest's bytes.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
    /// When it first had this name, in nanoseconds since the Unix epoch.
    pub first_seen_ns: u64,
}

/// An execution on its way to the record store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// What lists show.
    pub summary: Summary,
    /// Its journal: whole frames.
    pub journal: Vec<u8>,
}

impl Shipment {
    /// Reads what lists show from a journal, of which a torn tail is cut. A journal without an end is
    /// of an execution that was interrupted.
    pub fn read(id: Uuid, mut journal: Vec<u8>) -> Result<Self, StoreError> {
        let unreadable = |source| StoreError::Journal { id, source };
        let (head, length) = Head::read(&journal).map_err(unreadable)?;
        let Some(begin) = head.begin else {
            let what = "a journal begins with 'begin'";
            return Err(unreadable(FormatError::Order { index: 0, what }));
        };
        if begin.id != id {
            return Err(StoreError::Damaged { id, what: "its journal is that of another execution" });
        }
        if length > MAX_JOURNAL {
            return Err(StoreError::Damaged { id, what: "its journal is too long to be stored" });
        }
        journal.truncate(length);
        let elapsed_ns = head.end.as_ref().map_or(0, |end| end.elapsed_ns);
        let outcome = match (head.answer, head.end) {
            (Some(answer), _) => Some(Outcome::Returned(answer)),
            (None, end) => end.map(|end| end.outcome),
        };
        let status = outcome.as_ref().and_then(|outcome| client_status(&begin, outcome, head.refused));
        let summary = summary(*begin, (outcome.as_ref(), status), elapsed_ns, head.calls, length);
        Ok(Self { summary, journal })
    }
}

#[derive(Default)]
struct Head {
    begin: Option<Box<Begin>>,
    // What was answered before the end.
    answer: Option<Vec<u8>>,
    end: Option<End>,
    // Whether its response was none that a client can be sent.
    refused: bool,
    calls: u64,
}

impl Head {
    /// Reads the frames that are whole, and how long they are together.
    fn read(journal: &[u8]) -> Result<(Self, usize), FormatError> {
        let (mut frames, mut head) = (Frames::of(journal)?, Self::default());
        while let Some(Ok(event)) = frames.next() {
            match event {
                Event::Begin(begin) => head.begin = head.begin.or(Some(begin)),
                Event::Call { .. } => head.calls += 1,
                Event::Answer { value } => head.answer = Some(value.to_vec()),
                Event::Mark { name, .. } => head.refused |= name == REFUSED,
                Event::End(end) => head.end = Some(end),
                _ => {}
            }
        }
        Ok((head, frames.position()))
    }
}

fn summary(
    begin: Begin,
    (outcome, status): (Option<&Outcome>, Option<u16>),
    elapsed_ns: u64,
    calls: u64,
    journal_len: usize,
) -> Summary {
    let failed = outcome.is_none_or(is_failure);
    let outcome = match outcome {
        Some(Outcome::Returned(_)) => "returned",
        Some(Outcome::Failed { kind, .. }) => kind.name(),
        None => FailureKind::Interrupted.name(),
    };
    Summary {
        id: begin.id,
        parent: begin.parent,
        kind: begin.trigger.kind,
        name: begin.trigger.name,
        guest: begin.guest,
        started_ns: begin.started_ns,
        elapsed_ns,
        outcome: outcome.to_owned(),
        status,
        failed,
        calls,
        journal_len: journal_len as u64,
        node: String::new(),
    }
}

/// What the client of a request got. A job or a schedule has no client.
fn client_status(begin: &Begin, outcome: &Outcome, refused: bool) -> Option<u16> {
    match outcome {
        Outcome::Returned(value) => status(value),
        Outcome::Failed { .. } if begin.trigger.kind != "http" => None,
        Outcome::Failed { .. } if refused => Some(REFUSED_STATUS),
        Outcome::Failed { kind, .. } => failure_status(*kind),
    }
}

/// The status of an `http-handler.response`, of which it is the first field: nothing is made of the
/// headers and the body.
fn status(response: &[u8]) -> Option<u16> {
    let mut response = Reader::new(response);
    response.expect(tag::RECORD, "a record").ok()?;
    response.count().ok()?;
    response.field("status").ok()?;
    u16::decode(&mut response).ok()
}
